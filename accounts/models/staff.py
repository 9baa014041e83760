"""How staff come and go."""

from datetime import datetime

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.users import User
from common.clock import Now
from common.models import Sealed
from common.names import validate_name


class StaffInvitationQuerySet(models.QuerySet["StaffInvitation"]):
    def open(self, at: datetime) -> "StaffInvitationQuerySet":
        """Neither used nor withdrawn nor expired."""
        return self.filter(
            Q(withdrawn_at=None) | Q(withdrawn_at__gt=at),
            expires_at__gt=at,
            accepted_at=None,
        )


class StaffInvitation(models.Model):
    """An invitation by e-mail to become a member of staff. Its link works once."""

    email = models.EmailField(_("e-mail"))
    name = models.CharField(
        pgettext_lazy("of a person", "name"), max_length=120, validators=[validate_name]
    )
    groups = models.ManyToManyField(Group, verbose_name=_("groups"), related_name="+")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User, verbose_name=_("invited by"), on_delete=models.PROTECT, related_name="+"
    )
    invited_at = models.DateTimeField(_("invited at"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires at"))
    accepted_by = models.OneToOneField(
        User,
        verbose_name=_("accepted by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="staff_invitation",
    )
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = StaffInvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("staff invitation")
        verbose_name_plural = _("staff invitations")
        permissions = [("invite_staff", _("Can invite staff"))]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


class Offboarding(Sealed):
    """A member of staff has left: what they could do, and who took it from them."""

    user = models.ForeignKey(
        User,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        related_name="offboardings",
    )
    offboarded_by = models.ForeignKey(
        User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))
    taken = models.JSONField(_("taken away"))

    class Meta:
        verbose_name = _("off-boarding")
        verbose_name_plural = _("off-boardings")
        permissions = [("offboard_staff", _("Can off-board staff"))]

    def __str__(self) -> str:
        return str(self.user)
