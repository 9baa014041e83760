"""Accounts and who belongs to them."""

from functools import partial

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from accounts.models.catalogue import Region
from accounts.models.users import User
from accounts.querysets import AccountQuerySet, MembershipQuerySet
from common.clock import Now
from common.models import Editable
from common.names import validate_name
from common.public_ids import new_public_id
from common.time_zones import PLACE, validate_time_zone


class Account(Editable):
    """What is served and billed: a person's own account or an organization's.

    Days of notice are counted in its `time_zone` (clause 1.3).
    """

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("personal")
        ORGANIZATION = "organization", _("organization")

    public_id = models.CharField(
        _("identifier"),
        max_length=32,
        unique=True,
        editable=False,
        default=partial(new_public_id, "acc"),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=120, validators=[validate_name])
    holder = models.OneToOneField(
        User,
        verbose_name=_("holder"),
        on_delete=models.PROTECT,
        related_name="personal_account",
        null=True,
        blank=True,
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="Asia/Shanghai",
        validators=[validate_time_zone],
    )
    region = models.ForeignKey(
        Region,
        verbose_name=_("region"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    # Null and not "" when there is none: several accounts may have none.
    external_ref = models.CharField(
        _("reference elsewhere"), max_length=80, unique=True, null=True, blank=True
    )
    created_at = models.DateTimeField(_("opened at"), db_default=Now(), editable=False)
    # Set once, by its closure.
    closed_at = models.DateTimeField(
        pgettext_lazy("of an account", "closed at"), null=True, blank=True, editable=False
    )

    objects = AccountQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["name", "edition"])

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.CheckConstraint(
                name="accounts_account_holder_iff_personal",
                condition=(
                    Q(kind="personal", holder__isnull=False)
                    | Q(kind="organization", holder__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="accounts_account_time_zone_is_a_place",
                condition=Q(time_zone__regex=PLACE),
            ),
        ]
        indexes = [
            GinIndex(
                name="accounts_account_search",
                fields=["name"],
                opclasses=["gin_trgm_ops"],
            ),
            models.Index(fields=["name", "id"], name="accounts_account_by_name"),
            models.Index(fields=["created_at", "id"], name="accounts_account_by_opening"),
        ]

    def __str__(self) -> str:
        return self.name or self.public_id


class Membership(models.Model):
    """A person's place in an account."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        ADMIN = "admin", _("administrator")
        BILLING = "billing", _("billing")
        DEVELOPER = "developer", _("developer")
        VIEWER = "viewer", _("viewer")

    # Those a notice to an organization is sent to (clause 1.3).
    NOTICED_ROLES = (Role.OWNER, Role.ADMIN)

    user = models.ForeignKey(
        User,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        related_name="memberships",
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="memberships",
    )
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    since = models.DateTimeField(_("since"), db_default=Now(), editable=False)

    objects = MembershipQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "user"], name="accounts_membership_once_per_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"
