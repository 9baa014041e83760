"""What providers say: kept first, then verified, then applied, once.

An event is kept byte for byte whatever it is. Only what the provider signed (or answered
itself when asked) counts. Events come late, twice and in any order; states have ranks, so an
order only rises, and money is credited under one key for each order. Money that does not fit
its order is booked as not matched and quarantined, for two people to decide on.
"""

import hashlib
from collections.abc import Mapping

import structlog
from django.utils.translation import override

from billing import money_in
from billing.exceptions import CallbackRefused
from billing.ledger import posting
from billing.models import (
    Ledger,
    PaymentEvent,
    PaymentEventOutcome,
    PaymentOrder,
    QuarantinedPayment,
)
from billing.money import PER_FEN
from billing.payments.providers import Event, Provider

log = structlog.get_logger(__name__)

State = PaymentOrder.State
Verdict = PaymentEventOutcome.Verdict
Reason = QuarantinedPayment.Reason

CURRENCY = "CNY"
LONGEST_ID = 80
# The provider says that money was taken.
TAKEN = (State.PAID, State.REFUNDED)


def take_callback(
    *, provider: Provider, headers: Mapping[str, str], body: bytes
) -> PaymentEventOutcome:
    """Keeps a callback, verifies it and does what it says; everything is committed when this
    returns. A refused one is in the outcome, not raised: it is evidence too."""
    event = keep(
        provider=provider.name,
        source=PaymentEvent.Source.CALLBACK,
        headers={name: headers[name] for name in provider.kept_headers if name in headers},
        body=body,
    )
    try:
        said = provider.parse_callback(event.headers, body)
        demand_sense(said)
    except CallbackRefused as refusal:
        log.warning("callback_refused", provider=provider.name, kept=event.pk)
        with override("en"):  # kept for good, in one language
            return _outcome(event, Verdict.REFUSED, why=str(refusal)[:200])
    return apply(event=event, said=said)


@posting
def keep(*, provider: str, source: str, headers: Mapping[str, str], body: bytes) -> PaymentEvent:
    """Writes down what arrived, before anybody looks whether it is true."""
    return PaymentEvent.record(
        provider=provider,
        source=source,
        headers={name: value[:2000].replace("\0", "") for name, value in headers.items()},
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
    )


def demand_sense(said: Event) -> None:
    """Raises `CallbackRefused` for what is signed and yet cannot be kept."""
    texts = (said.id, said.order, said.reference, said.currency)
    fits = all(text.isprintable() and len(text) <= LONGEST_ID for text in texts)
    named = bool(said.id) and (bool(said.reference) or said.state not in TAKEN)
    if not (fits and named and len(said.currency) == 3 and 0 <= said.minor < 10**15):
        raise CallbackRefused("The event lacks its number, or has fields that are too long.")
    if said.state in TAKEN and said.minor == 0:
        raise CallbackRefused("A payment of nothing.")


@posting
def apply(*, event: PaymentEvent, said: Event) -> PaymentEventOutcome:
    """Does what a verified event says, in one transaction. The order's row is locked, so
    events about it take turns; about an unknown order, its constraint decides who was first.
    """
    order = (
        PaymentOrder.objects.select_for_update(no_key=True)
        .filter(public_id=said.order, provider=event.provider)
        .first()
    )
    if _taken_before(event.provider, said.id):
        return _outcome(event, Verdict.DUPLICATE, said=said, order=order)
    reason = _wrong(order, said)
    if reason:
        return _quarantine(event, said, order, reason)
    if order is None or not order.outranked_by(said.state):
        return _outcome(event, Verdict.IGNORED, said=said, order=order)
    _raise_to(order, said)
    return _outcome(event, Verdict.APPLIED, said=said, order=order)


def _taken_before(provider: str, provider_event: str) -> bool:
    taken = (Verdict.APPLIED, Verdict.IGNORED, Verdict.QUARANTINED)
    return PaymentEventOutcome.objects.filter(
        provider=provider, provider_event=provider_event, verdict__in=taken
    ).exists()


def _wrong(order: PaymentOrder | None, said: Event) -> str:
    """Why money that was taken cannot be credited as ordered; empty if it can, or if no
    money was taken."""
    if said.state not in TAKEN:
        return ""
    if order is not None and order.journal_id and order.provider_reference == said.reference:
        return ""  # the payment that was credited, told of again
    if said.currency != CURRENCY:
        return Reason.CURRENCY
    if order is None:
        return Reason.UNKNOWN_ORDER
    if order.journal_id:
        return Reason.PAID_TWICE
    return "" if said.minor == order.fen else Reason.AMOUNT


def _raise_to(order: PaymentOrder, said: Event) -> None:
    if said.state in TAKEN and order.journal_id is None:
        # Refunded at the provider, and we never heard that it was paid: it came in first.
        order.journal = money_in.top_up(
            account=order.account,
            amount=order.micro,
            source=Ledger.PROVIDERS,
            key=f"order:{order.public_id}",
            memo=said.reference[:200],
        )
        order.paid_at = said.at
        order.provider_reference = said.reference
    order.state = said.state
    if not order.is_open:
        order.next_query_at = None
    order.save()


def _quarantine(
    event: PaymentEvent, said: Event, order: PaymentOrder | None, reason: str
) -> PaymentEventOutcome:
    known = QuarantinedPayment.objects.filter(
        provider=event.provider, provider_reference=said.reference
    )
    if known.exists():
        return _outcome(event, Verdict.IGNORED, said=said, order=order, why=reason)
    journal = None
    amount = None
    if said.currency == CURRENCY:
        amount = said.minor * PER_FEN
        journal = money_in.receive(
            amount=amount,
            into=Ledger.PROVIDERS,
            key=f"quarantine:{event.provider}:{said.reference}",
            memo=said.order,
        )
    QuarantinedPayment.record(
        provider=event.provider,
        provider_reference=said.reference,
        event=event,
        order=order,
        reason=reason,
        said_order=said.order,
        said_minor=said.minor,
        currency=said.currency,
        amount=amount,
        journal=journal,
    )
    if order is not None and order.next_query_at:
        order.next_query_at = None  # staff know of it now; asking again tells nothing new
        order.save(update_fields=["next_query_at"])
    return _outcome(event, Verdict.QUARANTINED, said=said, order=order, why=reason)


def _outcome(
    event: PaymentEvent,
    verdict: Verdict,
    *,
    said: Event | None = None,
    order: PaymentOrder | None = None,
    why: str = "",
) -> PaymentEventOutcome:
    return PaymentEventOutcome.record(
        event=event,
        provider=event.provider,
        verdict=verdict,
        provider_event=said.id if said else "",
        order=order,
        says=said.state if said else "",
        why=why,
    )
