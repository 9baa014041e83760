"""Handing over what may not be handed over without the platform's consent (1.2.6, 2.2.2, 14.1).

A `Transfer` says what an owner asks for: that a member become owner, or that an API key go to
another account. What became of it is in its `TransferStep`s: the other side agreed, a member of
staff proposed to consent, another one consented; or somebody ended it. The database writes an
owner, or another account on a key, only in the transaction of that consent.
"""

from functools import partial

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.accounts import Account, Membership
from accounts.models.api_keys import ApiKey
from accounts.models.users import User
from common.models import AppendOnlyQuerySet, Sealed
from common.public_ids import new_public_id


class TransferQuerySet(AppendOnlyQuerySet):
    def open(self) -> "TransferQuerySet":
        """Neither consented to nor ended."""
        return self.exclude(steps__kind__in=TransferStep.ENDS)

    def to_propose(self) -> "TransferQuerySet":
        """Agreed to by the other side; no member of staff has looked yet."""
        return (
            self.open()
            .filter(steps__kind=TransferStep.Kind.AGREED)
            .exclude(steps__kind=TransferStep.Kind.PROPOSED)
        )

    def to_approve(self) -> "TransferQuerySet":
        """Proposed by one member of staff, waiting for another."""
        return self.open().filter(steps__kind=TransferStep.Kind.PROPOSED)


class Transfer(Sealed):
    """What an owner asks for. It never changes: to ask for something else, ask anew.

    Of ownership: `new_owner`, and what whoever asks becomes (`remains_as`, empty: leaves).
    Of a key: `api_key` and `to_account`.
    """

    class Kind(models.TextChoices):
        OWNERSHIP = "ownership", _("ownership of an organization")
        KEY = "key", _("API key")

    public_id = models.CharField(
        _("identifier"),
        max_length=32,
        unique=True,
        editable=False,
        default=partial(new_public_id, "trf"),
    )
    kind = models.CharField(_("of what"), max_length=10, choices=Kind.choices)
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="transfers"
    )
    new_owner = models.ForeignKey(
        User,
        verbose_name=_("new owner"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    remains_as = models.CharField(
        _("whoever asks becomes"), max_length=12, choices=Membership.Role.choices, blank=True
    )
    api_key = models.ForeignKey(
        ApiKey,
        verbose_name=_("API key"),
        on_delete=models.PROTECT,
        null=True,
        related_name="transfers",
    )
    to_account = models.ForeignKey(
        Account,
        verbose_name=_("to account"),
        on_delete=models.PROTECT,
        null=True,
        related_name="transfers_in",
    )
    reason = models.TextField(_("reason"))
    asked_by = models.ForeignKey(
        User, verbose_name=_("asked by"), on_delete=models.PROTECT, related_name="+"
    )

    objects = models.Manager.from_queryset(TransferQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        permissions = [
            ("propose_transfer", _("Can propose consent to transfers")),
            ("consent_transfer", _("Can consent to transfers that others proposed")),
        ]
        constraints = [
            models.CheckConstraint(
                name="accounts_transfer_is_of_one_thing",
                condition=Q(
                    kind="ownership",
                    new_owner__isnull=False,
                    api_key__isnull=True,
                    to_account__isnull=True,
                )
                | Q(
                    kind="key",
                    new_owner__isnull=True,
                    remains_as="",
                    api_key__isnull=False,
                    to_account__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="accounts_transfer_goes_elsewhere",
                condition=(Q(to_account=None) | ~Q(to_account=F("account")))
                & (Q(new_owner=None) | ~Q(new_owner=F("asked_by"))),
            ),
            models.CheckConstraint(name="accounts_transfer_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return self.public_id


class TransferStep(Sealed):
    """One thing that became of a transfer, by whom and why."""

    class Kind(models.TextChoices):
        AGREED = "agreed", _("the other side agreed")
        PROPOSED = "proposed", _("consent proposed")
        CONSENTED = "consented", _("consented and carried out")
        DECLINED = "declined", _("the other side declined")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("taken back")

    # After one of these nothing more happens.
    ENDS = (Kind.CONSENTED, Kind.DECLINED, Kind.REFUSED, Kind.WITHDRAWN)

    transfer = models.ForeignKey(
        Transfer, verbose_name=_("transfer"), on_delete=models.PROTECT, related_name="steps"
    )
    kind = models.CharField(_("step"), max_length=10, choices=Kind.choices)
    by = models.ForeignKey(User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(_("reason"), blank=True)
    clause_number = models.CharField(_("clause"), max_length=24, blank=True)

    class Meta:
        verbose_name = _("step of a transfer")
        verbose_name_plural = _("steps of transfers")
        constraints = [
            models.UniqueConstraint(
                name="accounts_transferstep_each_once", fields=["transfer", "kind"]
            ),
            models.UniqueConstraint(
                name="accounts_transferstep_one_end",
                fields=["transfer"],
                condition=Q(kind__in=("consented", "declined", "refused", "withdrawn")),
            ),
            models.CheckConstraint(
                name="accounts_transferstep_staff_say_why",
                condition=~Q(kind__in=("proposed", "consented", "refused"))
                | (~Q(reason="") & ~Q(clause_number="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.transfer} · {self.get_kind_display()}"
