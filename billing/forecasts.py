"""What a request would post, worked out without posting anything.

The same legs as `billing.decisions.approve` writes, and the same refusals where they can be
foreseen; what the database says when it is posted has the last word.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing import decisions
from billing.exceptions import NotEnough, NotRefundable, NotReversible
from billing.ledger import Leg
from billing.models import (
    CreditLot,
    Kind,
    Ledger,
    PostingRequest,
    RefundConsent,
    RefundPolicy,
    Wallet,
)
from billing.money import shown
from billing.refunds import policies_in_force, refundable

OF_WALLET = {
    Ledger.PAID: "paid",
    Ledger.GRANTED: "granted",
    Ledger.HELD_PAID: "held_paid",
    Ledger.HELD_GRANTED: "held_granted",
}


@dataclass(frozen=True)
class Balances:
    """A wallet at one moment, in micro-yuan."""

    paid: int = 0
    granted: int = 0
    held_paid: int = 0
    held_granted: int = 0
    floor: int = 0

    @property
    def available(self) -> int:
        return self.paid + self.granted

    @property
    def held(self) -> int:
        return self.held_paid + self.held_granted


@dataclass(frozen=True)
class Forecast:
    """The legs of a journal to be, and the wallet before and after it; none for money that
    has not been matched to an account."""

    legs: Sequence[Leg]
    before: Balances
    after: Balances


def balances_of(account_id: int | None) -> Balances:
    """What an account has now; nothing for one that never had money."""
    wallet = Wallet.objects.filter(pk=account_id).first() if account_id else None
    if wallet is None:
        return Balances()
    return Balances(
        wallet.paid, wallet.granted, wallet.held_paid, wallet.held_granted, wallet.floor
    )


def forecast(request: PostingRequest, *, at: datetime) -> Forecast:
    """What approving `request` would post now; it need not have been saved.

    Raises `NotEnough`, `NotReversible`, `NotRefundable` with the sentence that says why it
    would be refused.
    """
    if request.kind == Kind.REFUND:
        refuse_refund(request, at=at)
    if request.kind == Kind.WRITE_OFF and request.amount > -balances_of(request.account_id).paid:
        raise NotEnough(_("The account does not owe as much."))
    if request.reverses is not None and hasattr(request.reverses, "reversed_by"):
        raise NotReversible(_("This has been corrected already."))
    return forecast_legs(decisions.legs_to_be(request), account_id=request.account_id)


def forecast_legs(legs: Sequence[Leg], *, account_id: int | None) -> Forecast:
    """A wallet before and after `legs`. Raises `NotEnough` when they do not fit."""
    before = balances_of(account_id)
    after = moved(before, legs)
    lots = CreditLot.objects.in_bulk([leg.lot for leg in legs if leg.lot is not None])
    for leg in legs:
        if leg.lot is not None and leg.account in (Ledger.PAID, Ledger.GRANTED):
            lots[leg.lot].remaining += leg.amount
    if (
        after.paid < min(after.floor, before.paid)
        or min(after.granted, after.held_paid, after.held_granted) < 0
        or any(not 0 <= lot.remaining <= lot.amount for lot in lots.values())
    ):
        raise NotEnough(_("The account does not have as much."))
    return Forecast(legs, before, after)


def moved(balances: Balances, legs: Iterable[Leg]) -> Balances:
    """Those balances after the entries on customers' accounts."""
    for leg in legs:
        if leg.account in OF_WALLET:
            name = OF_WALLET[leg.account]
            balances = replace(balances, **{name: getattr(balances, name) + leg.amount})
    return balances


def refuse_refund(request: PostingRequest, *, at: datetime) -> None:
    """Raises `NotRefundable` for what clause 6 does not allow, as far as it can be foreseen."""
    assert request.account is not None  # by a constraint of the table
    if request.consent is not None:
        _refuse_consent(request.consent, request, at)
    elif request.policy is not None:
        _refuse_policy(request.policy, request, at)
    if balances_of(request.account_id).paid < 0:
        raise NotRefundable(
            _("The account owes money: nothing is refunded before that is settled.")
        )
    most = refundable(request.account).most
    if request.amount > most:
        raise NotRefundable(
            _("At most ¥%s can be refunded: what was paid in and neither used nor invoiced.")
            % shown(most)
        )


def left_of(consent: RefundConsent) -> int:
    """What may still be refunded on a consent, in micro-yuan."""
    used = PostingRequest.objects.filter(
        consent=consent, journal__isnull=False, journal__reversed_by__isnull=True
    ).aggregate(sum=Sum("amount"))["sum"]
    return max(0, consent.cap - (used or 0))


def _refuse_consent(consent: RefundConsent, request: PostingRequest, at: datetime) -> None:
    if consent.account_id != request.account_id:
        raise NotRefundable(_("That consent is about another account."))
    if consent.expires_at <= at:
        raise NotRefundable(_("The consent has expired. Record a new one."))
    left = left_of(consent)
    if request.amount > left:
        raise NotRefundable(_("The consent covers ¥%s more.") % shown(left))


def _refuse_policy(policy: RefundPolicy, request: PostingRequest, at: datetime) -> None:
    if not policies_in_force(at).filter(pk=policy.pk).exists():
        raise NotRefundable(_("That version of the policy is not in force."))
    if request.amount > policy.most:
        raise NotRefundable(_("The policy covers at most ¥%s per refund.") % shown(policy.most))
    if policy.days is None:
        return
    since = at - timedelta(days=policy.days)
    lots = CreditLot.objects.left().filter(
        wallet=request.account_id, nature=CreditLot.Nature.PAID, opened_at__gte=since
    )
    recent = lots.aggregate(sum=Sum("remaining"))["sum"] or 0
    if request.amount > recent:
        raise NotRefundable(
            _("The policy covers what was paid in within %(days)d days; of that ¥%(left)s is left.")
            % {"days": policy.days, "left": shown(recent)}
        )
