"""How far below nothing an account's wallet may go, by two people."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Account, User
from common.models import AppendOnlyQuerySet, ApprovalRecord, ProposalRecord, Sealed
from common.public_ids import new_public_id

# A floor further down is a mistake in writing: CNY 100 million.
LOWEST = -100_000_000_000_000


def floor_change_public_id() -> str:
    return new_public_id("flr")


class FloorChangeQuerySet(AppendOnlyQuerySet):
    def waiting(self) -> "FloorChangeQuerySet":
        """Those that nobody has decided on."""
        return self.filter(approval=None, rejection=None)


class FloorChange(ProposalRecord, Sealed):
    """Somebody asks that the wallet of `account` may go down to `floor` and no further.

    Both in micro-yuan, at most nothing: an account may use so much more than it has, and owes
    it then. `was` is the floor when it was asked for, written by the database; once the floor
    is another one the change can only be asked for anew.
    """

    public_id = models.CharField(
        _("identifier"), max_length=24, unique=True, default=floor_change_public_id
    )
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="floor_changes"
    )
    floor = models.BigIntegerField(_("floor"))
    was = models.BigIntegerField(_("floor when asked for"), default=0)
    reason = models.TextField(_("reason"))
    case_reference = models.CharField(
        pgettext_lazy("of a posting", "case"), max_length=80, blank=True, default=""
    )
    requested_by = models.ForeignKey(
        User, verbose_name=_("requested by"), on_delete=models.PROTECT, related_name="+"
    )

    objects = models.Manager.from_queryset(FloorChangeQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("change of a floor")
        verbose_name_plural = _("changes of floors")
        constraints = [
            models.CheckConstraint(
                name="billing_floorchange_is_a_floor",
                condition=Q(floor__lte=0, floor__gte=LOWEST),
            ),
            models.CheckConstraint(
                name="billing_floorchange_is_a_change",
                condition=~Q(floor=F("was")) & ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class FloorChangeApproval(ApprovalRecord, Sealed):
    """Somebody else agrees to exactly that: the database sets the floor with this row."""

    change = models.OneToOneField(
        FloorChange, verbose_name=_("change"), on_delete=models.PROTECT, related_name="approval"
    )
    approved_by = models.ForeignKey(
        User, verbose_name=_("approved by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("approval of a floor")
        verbose_name_plural = _("approvals of floors")

    def __str__(self) -> str:
        return f"{self.change} ✓"


class FloorChangeRejection(Sealed):
    """Somebody turns a change down, or its requester takes it back."""

    change = models.OneToOneField(
        FloorChange, verbose_name=_("change"), on_delete=models.PROTECT, related_name="rejection"
    )
    rejected_by = models.ForeignKey(
        User, verbose_name=_("rejected by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("rejection of a floor")
        verbose_name_plural = _("rejections of floors")

    def __str__(self) -> str:
        return f"{self.change} ✗"
