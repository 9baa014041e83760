"""Whose money is it: suggestions, a proposal, somebody else's approval, the credit.

Of money received and not matched, be it a bank receipt or a quarantined payment. Sending it
back is asked for with `billing.decisions.request_return`.
"""

import re
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import Account, User
from billing import money_in
from billing.decisions import demand
from billing.exceptions import SettledOrWaiting
from billing.ledger import posting
from billing.models import (
    BankReceipt,
    Journal,
    Ledger,
    Match,
    MatchApproval,
    MatchRejection,
    PaymentOrder,
    QuarantinedPayment,
    Settlement,
    Unsettled,
)

Source = BankReceipt | QuarantinedPayment

IDENTIFIERS = re.compile(r"(acc|pay)_?([0-9a-hjkmnp-tv-z]{20})", re.IGNORECASE)
MOST_SUGGESTED = 5
# How many earlier payments of a payer are looked at.
MOST_EARLIER = 50


@dataclass(frozen=True)
class Suggestion:
    """An account that money may be for. `is_named`: the payment names it itself."""

    account: Account
    why: str
    is_named: bool = False


def suggestions(source: Source) -> list[Suggestion]:
    """The accounts the money may be for, the likeliest first, each once."""
    found = _named(source)
    if isinstance(source, BankReceipt):
        found += _paid_before(source) + _called_so(source) + _ordered(source)
    each: dict[int, Suggestion] = {}
    for one in found:
        each.setdefault(one.account.pk, one)
    return list(each.values())[:MOST_SUGGESTED]


def _named(source: Source) -> list[Suggestion]:
    if isinstance(source, QuarantinedPayment):
        text = source.said_order
    else:
        text = source.reference
    found = []
    for prefix, rest in IDENTIFIERS.findall(text):
        public_id = f"{prefix}_{rest}".lower()
        if prefix.lower() == "acc":
            account = Account.objects.filter(public_id=public_id).first()
            if account:
                found.append(Suggestion(account, _("named in the reference"), is_named=True))
            continue
        order = PaymentOrder.objects.filter(public_id=public_id).select_related("account").first()
        if order:
            found.append(Suggestion(order.account, _("its order is named"), is_named=True))
    return found


def _paid_before(receipt: BankReceipt) -> list[Suggestion]:
    if not receipt.payer_name:
        return []
    same = Q(receipt__payer_name=receipt.payer_name)
    earlier = (
        Match.objects.filter(same, approval__isnull=False)
        .select_related("account", "receipt")
        .order_by("-pk")[:MOST_EARLIER]
    )
    exact = [one for one in earlier if one.receipt.payer_account == receipt.payer_account]
    return [
        Suggestion(one.account, _("the same payer's money was for it before"))
        for one in [*exact, *earlier]
    ]


def _called_so(receipt: BankReceipt) -> list[Suggestion]:
    if not receipt.payer_name:
        return []
    accounts = Account.objects.filter(name=receipt.payer_name).order_by("pk")[:MOST_SUGGESTED]
    return [Suggestion(account, _("has the payer's name")) for account in accounts]


def _ordered(receipt: BankReceipt) -> list[Suggestion]:
    orders = (
        PaymentOrder.objects.open()
        .filter(fen=receipt.amount // 10_000)
        .select_related("account")
        .order_by("-pk")[:MOST_SUGGESTED]
    )
    return [Suggestion(order.account, _("an open order has the amount")) for order in orders]


def _about(source: Source) -> dict[str, Source]:
    return {"receipt" if isinstance(source, BankReceipt) else "quarantined": source}


@posting
def propose(*, source: Source, account: Account | None, reason: str, proposed_by: User) -> Match:
    """Says whose money it is, for somebody else to approve. `account` is None only for a
    payment in another currency that was sent back at the provider. Raises `SettledOrWaiting`.
    """
    demand(proposed_by, "request")
    if not reason.strip():
        raise ReasonMissing(_("Write down the reason."))
    if (account is None) != (isinstance(source, QuarantinedPayment) and source.journal_id is None):
        raise NotAllowed(
            _("Name the account. Only what was never booked is closed without one, and only so.")
        )
    refuse_unless_free(source)
    match = Match.record(
        **_about(source), account=account, reason=reason.strip()[:300], proposed_by=proposed_by
    )
    match.refresh_from_db()  # its hash is the database's
    return match


def refuse_unless_free(source: Source) -> None:
    """Raises `SettledOrWaiting` unless the money is unsettled and no proposal waits."""
    waiting = Unsettled.objects.filter(**_about(source)).first()
    if waiting is None:
        raise SettledOrWaiting(_("This money was credited or returned already."))
    if waiting.match_id or waiting.request_id:
        raise SettledOrWaiting(_("A proposal about this money waits for its approval."))


@posting
def approve(*, match: Match, approved_by: User) -> Journal | None:
    """Agrees to exactly that match and credits the account; None if there is nothing to
    credit."""
    demand(approved_by, "approve")
    if approved_by.pk == match.proposed_by_id:
        raise NotAllowed(_("Nobody approves what they proposed themselves."))
    _still_open(match)
    MatchApproval.record(match=match, approved_by=approved_by, digest=match.digest)
    journal = None
    source = match.source
    if match.account is not None:
        assert source.amount is not None  # nothing else has an account, by a trigger
        journal = money_in.top_up(
            account=match.account,
            amount=source.amount,
            source=Ledger.UNMATCHED,
            key=settlement_key(source),
            actor=approved_by,
        )
    Settlement.record(**_about(source), match=match)
    return journal


def settlement_key(source: Source) -> str:
    """The journal's key: one for each receipt or payment, so that it is credited once."""
    noun = "receipt" if isinstance(source, BankReceipt) else "quarantined"
    return f"{noun}:{source.pk}"


@posting
def reject(*, match: Match, rejected_by: User, reason: str) -> MatchRejection:
    """Turns a match down, or takes one's own back; the money can be matched anew."""
    if rejected_by.pk != match.proposed_by_id:
        demand(rejected_by, "approve")
    _still_open(match)
    if not reason.strip():
        raise ReasonMissing(_("Write down the reason."))
    return MatchRejection.record(match=match, rejected_by=rejected_by, reason=reason.strip())


def _still_open(match: Match) -> None:
    if MatchApproval.objects.filter(match=match).exists():
        raise NotAllowed(_("This match has been approved."))
    if MatchRejection.objects.filter(match=match).exists():
        raise NotAllowed(_("This match was turned down."))


def best_of(source: Source) -> Suggestion:
    """The one suggestion that can be taken without looking further. Raises
    `SettledOrWaiting` when none stands out."""
    found = suggestions(source)
    named = [one for one in found if one.is_named]
    if len(named) == 1:
        return named[0]
    if len(found) == 1:
        return found[0]
    raise SettledOrWaiting(_("No single account stands out. Open it and choose one."))
