"""A provider's statement of a day against our orders.

What the provider has and we do not, what we have and it does not, what differs, and what it
refunded by itself, becomes a `ReconciliationItem` for staff, once each. An order we only did
not hear of is asked about first, which heals most.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import User
from billing.decisions import demand
from billing.exceptions import ProviderAway
from billing.ledger import posting
from billing.models import (
    PaymentOrder,
    QuarantinedPayment,
    ReconciliationClosing,
    ReconciliationItem,
    ReconciliationRun,
)
from billing.payments import polling, providers
from billing.payments.providers import Provider, StatementLine
from common.clock import local_day

log = structlog.get_logger(__name__)

Kind = ReconciliationItem.Kind
# Statements are of a day in China; of one day they are there from ten the next morning.
ZONE = "Asia/Shanghai"
READY_AT = time(10)
# How far back days are caught up on that nobody compared.
DAYS_BACK = 7


@dataclass(frozen=True)
class Difference:
    kind: str
    order_number: str
    reference: str
    order: PaymentOrder | None
    fen_here: int | None
    fen_there: int | None


def reconcile(*, provider: Provider, day: date, at: datetime) -> ReconciliationRun:
    """Compares one day. Safe to repeat: a difference is written once. Raises
    `ProviderAway`."""
    lines = provider.statement(day)
    _hear_of_lost(provider, lines, at)
    return _record(provider.name, day, lines, list(_differences(provider.name, day, lines)))


def reconcile_due(*, at: datetime) -> int:
    """Compares every day of late that nobody compared yet, of every provider; how many."""
    done = 0
    for name in providers.names():
        for day in _days_due(name, at):
            try:
                reconcile(provider=providers.get(name), day=day, at=at)
            except ProviderAway:
                log.warning("statement_not_there", provider=name, day=str(day))
                continue
            done += 1
    return done


def _days_due(name: str, at: datetime) -> list[date]:
    today = local_day(at, ZONE)
    ready = at.astimezone(ZoneInfo(ZONE)).time() >= READY_AT
    latest = today - timedelta(days=1 if ready else 2)
    days = [latest - timedelta(days=back) for back in reversed(range(DAYS_BACK))]
    compared = set(
        ReconciliationRun.objects.filter(provider=name, day__in=days).values_list("day", flat=True)
    )
    return [day for day in days if day not in compared]


def _hear_of_lost(provider: Provider, lines: Iterable[StatementLine], at: datetime) -> None:
    """Asks about the orders of the statement that are not paid here."""
    numbers = [line.order for line in lines]
    unpaid = PaymentOrder.objects.filter(
        provider=provider.name, public_id__in=numbers, journal__isnull=True, quarantined=None
    )
    for order in unpaid.select_related("account"):
        polling.ask_about(order=order, at=at)


def _differences(name: str, day: date, lines: list[StatementLine]) -> Iterator[Difference]:
    here = _paid_here(name, day, lines)
    held = set(
        QuarantinedPayment.objects.filter(
            provider=name, provider_reference__in=[line.reference for line in lines]
        ).values_list("provider_reference", flat=True)
    )
    for line in lines:
        order = here.pop(line.order, None)
        if order is not None and order.provider_reference == line.reference:
            if order.fen != line.fen:
                yield Difference(
                    Kind.DIFFERS, line.order, line.reference, order, order.fen, line.fen
                )
            continue
        if order is not None:
            here[line.order] = order  # another payment of the same order
        if line.reference not in held:
            yield Difference(Kind.MISSING_HERE, line.order, line.reference, order, None, line.fen)
    yield from _refunded_there(name)
    for order in here.values():
        if _day_of(order) == day:
            yield Difference(
                Kind.MISSING_THERE,
                order.public_id,
                order.provider_reference,
                order,
                order.fen,
                None,
            )


def _refunded_there(name: str) -> Iterator[Difference]:
    """Orders the provider says it refunded, whatever the day: our books do not know why."""
    refunded = PaymentOrder.objects.filter(provider=name, state=PaymentOrder.State.REFUNDED)
    for order in refunded.exclude(differences__kind=Kind.REFUNDED_THERE):
        yield Difference(
            Kind.REFUNDED_THERE, order.public_id, order.provider_reference, order, order.fen, 0
        )


def _paid_here(name: str, day: date, lines: list[StatementLine]) -> dict[str, PaymentOrder]:
    """Orders paid on that day, and those of the statement, whatever day we have them on."""
    begins = datetime.combine(day, time(), ZoneInfo(ZONE))
    paid = PaymentOrder.objects.filter(provider=name, journal__isnull=False)
    of_day = paid.filter(paid_at__gte=begins, paid_at__lt=begins + timedelta(days=1))
    named = paid.filter(public_id__in=[line.order for line in lines])
    return {order.public_id: order for order in [*of_day, *named]}


def _day_of(order: PaymentOrder) -> date | None:
    return local_day(order.paid_at, ZONE) if order.paid_at else None


@posting
def _record(
    name: str, day: date, lines: list[StatementLine], differences: list[Difference]
) -> ReconciliationRun:
    known = set(
        ReconciliationItem.objects.filter(provider=name, day=day).values_list(
            "kind", "order_number", "provider_reference"
        )
    )
    fresh = [one for one in differences if (one.kind, one.order_number, one.reference) not in known]
    run = ReconciliationRun.record(
        provider=name,
        day=day,
        lines=len(lines),
        total_fen=sum(line.fen for line in lines),
        differences=len(fresh),
    )
    for one in fresh:
        ReconciliationItem.record(
            run=run,
            provider=name,
            day=day,
            kind=one.kind,
            order_number=one.order_number[:80],
            provider_reference=one.reference[:80],
            order=one.order or PaymentOrder.objects.filter(public_id=one.order_number).first(),
            fen_here=one.fen_here,
            fen_there=one.fen_there,
        )
    return run


@posting
def explain(*, item: ReconciliationItem, reason: str, closed_by: User) -> ReconciliationClosing:
    """Writes down what a difference was; it leaves the queue. Moves no money."""
    demand(closed_by, "request")
    if not reason.strip():
        raise ReasonMissing(_("Write down the reason."))
    if ReconciliationClosing.objects.filter(item=item).exists():
        raise NotAllowed(_("This difference has been explained already."))
    return ReconciliationClosing.record(item=item, reason=reason.strip(), closed_by=closed_by)
