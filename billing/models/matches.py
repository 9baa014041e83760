"""Whose money is it? What was received and not matched, and the two people who decide.

A `Match` gives a bank receipt or a quarantined payment to an account; a `MoneyReturn` is
the request to send it back. Either way one `Settlement` ends it, and there is never a second.
What has none yet is `Unsettled`.
"""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from billing.models.bank import BankReceipt
from billing.models.payments import QuarantinedPayment
from billing.models.requests import PostingRequest
from common.models import AppendOnlyQuerySet, ApprovalRecord, ProposalRecord, Sealed


def one_of(name: str) -> models.CheckConstraint:
    """About a bank receipt or a quarantined payment: exactly one."""
    return models.CheckConstraint(
        name=name,
        condition=(
            Q(receipt__isnull=False, quarantined__isnull=True)
            | Q(receipt__isnull=True, quarantined__isnull=False)
        ),
    )


def receipt_key(related_name: str) -> Any:
    return models.ForeignKey(
        BankReceipt,
        verbose_name=_("bank receipt"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name=related_name,
    )


def quarantined_key(related_name: str) -> Any:
    return models.ForeignKey(
        QuarantinedPayment,
        verbose_name=_("quarantined payment"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name=related_name,
    )


class MatchQuerySet(AppendOnlyQuerySet):
    def waiting(self) -> "MatchQuerySet":
        """Neither approved nor turned down."""
        return self.filter(unsettled__isnull=False)

    def to_approve_by(self, person: User) -> "MatchQuerySet":
        """Those waiting that somebody else proposed."""
        return self.waiting().exclude(unsettled__proposed_by=person)


class Match(ProposalRecord, Sealed):
    """Somebody says whose money it is. Without an account: it was sent back at the provider
    and never in our books, which only holds for another currency."""

    receipt = receipt_key("proposals")
    quarantined = quarantined_key("proposals")
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="money_matches",
    )
    reason = models.CharField(_("reason"), max_length=300)
    proposed_by = models.ForeignKey(
        User, verbose_name=_("proposed by"), on_delete=models.PROTECT, related_name="+"
    )

    objects = models.Manager.from_queryset(MatchQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("match")
        verbose_name_plural = _("matches")
        constraints = [
            one_of("billing_match_of_one"),
            models.CheckConstraint(
                name="billing_match_receipts_have_accounts",
                condition=Q(receipt__isnull=True) | Q(account__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.account or '–'}"

    @property
    def source(self) -> BankReceipt | QuarantinedPayment:
        """What is matched."""
        found: BankReceipt | QuarantinedPayment | None = self.receipt or self.quarantined
        assert found is not None  # by a constraint of the table
        return found


class MatchApproval(ApprovalRecord, Sealed):
    """Somebody else agrees, and the account is credited."""

    match = models.OneToOneField(
        Match, verbose_name=_("match"), on_delete=models.PROTECT, related_name="approval"
    )
    approved_by = models.ForeignKey(
        User, verbose_name=_("approved by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("approval of a match")
        verbose_name_plural = _("approvals of matches")

    def __str__(self) -> str:
        return f"{self.match} ✓"


class MatchRejection(Sealed):
    """Somebody turns a match down, or whoever proposed it takes it back."""

    match = models.OneToOneField(
        Match, verbose_name=_("match"), on_delete=models.PROTECT, related_name="rejection"
    )
    rejected_by = models.ForeignKey(
        User, verbose_name=_("rejected by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("rejection of a match")
        verbose_name_plural = _("rejections of matches")

    def __str__(self) -> str:
        return f"{self.match} ✗"


class MoneyReturn(Sealed):
    """A request to return money is about this receipt or quarantined payment."""

    request = models.OneToOneField(
        PostingRequest,
        verbose_name=_("request"),
        on_delete=models.PROTECT,
        related_name="money_return",
    )
    receipt = receipt_key("returns")
    quarantined = quarantined_key("returns")

    class Meta:
        verbose_name = _("return of money")
        verbose_name_plural = _("returns of money")
        constraints = [one_of("billing_moneyreturn_of_one")]

    def __str__(self) -> str:
        return str(self.request)


class Settlement(Sealed):
    """The end of money not matched: credited by a match, or returned by a request; once."""

    receipt = models.OneToOneField(
        BankReceipt,
        verbose_name=_("bank receipt"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="settlement",
    )
    quarantined = models.OneToOneField(
        QuarantinedPayment,
        verbose_name=_("quarantined payment"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="settlement",
    )
    match = models.OneToOneField(
        Match,
        verbose_name=_("match"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="settlement",
    )
    request = models.OneToOneField(
        PostingRequest,
        verbose_name=_("request"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="settlement",
    )

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        constraints = [
            one_of("billing_settlement_of_one"),
            models.CheckConstraint(
                name="billing_settlement_by_one",
                condition=(
                    Q(match__isnull=False, request__isnull=True)
                    | Q(match__isnull=True, request__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return str(self.receipt or self.quarantined)


class Unsettled(models.Model):
    """Money not matched that has no settlement yet, and what waits for an approval about it.

    Kept by triggers, so that what is to be done is found without looking at all there ever
    was; one proposal at a time waits about one receipt or payment.
    """

    receipt = models.OneToOneField(
        BankReceipt,
        verbose_name=_("bank receipt"),
        on_delete=models.PROTECT,
        null=True,
        related_name="unsettled",
    )
    quarantined = models.OneToOneField(
        QuarantinedPayment,
        verbose_name=_("quarantined payment"),
        on_delete=models.PROTECT,
        null=True,
        related_name="unsettled",
    )
    match = models.OneToOneField(
        Match,
        verbose_name=_("match"),
        on_delete=models.PROTECT,
        null=True,
        related_name="unsettled",
    )
    request = models.OneToOneField(
        PostingRequest,
        verbose_name=_("request"),
        on_delete=models.PROTECT,
        null=True,
        related_name="unsettled",
    )
    proposed_by = models.ForeignKey(
        User, verbose_name=_("proposed by"), on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("money without a settlement")
        verbose_name_plural = _("money without a settlement")
        constraints = [one_of("billing_unsettled_of_one")]

    def __str__(self) -> str:
        return str(self.receipt or self.quarantined)
