"""Asking providers about orders that they have not told us the end of.

A callback may be lost for good. So each open order is asked about, less and less often,
until the provider knows its end or its time is over. An order that expired and is paid for
after all is credited all the same.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from billing.exceptions import CallbackRefused, ProviderAway
from billing.models import PaymentEvent, PaymentOrder
from billing.payments import events, providers
from common.exceptions import NotRegistered

log = structlog.get_logger(__name__)

State = PaymentOrder.State
SHORTEST_WAIT = timedelta(seconds=20)
LONGEST_WAIT = timedelta(minutes=30)
# After its time is over, while the provider cannot be reached; the reconciliation of the day
# finds what was paid nevertheless.
GIVEN_UP_AFTER = timedelta(days=1)


def due(*, at: datetime, most: int = 200) -> list[PaymentOrder]:
    """The orders to ask about at `at`, those that waited longest first."""
    found = PaymentOrder.objects.filter(next_query_at__lte=at).select_related("account")
    return list(found.order_by("next_query_at")[:most])


def ask_about_all(*, at: datetime, most: int = 200) -> int:
    """Asks about every order that is due; how many there were."""
    orders = due(at=at, most=most)
    for order in orders:
        ask_about(order=order, at=at)
    return len(orders)


def ask_about(*, order: PaymentOrder, at: datetime) -> PaymentOrder:
    """Asks its provider about one order, does what the answer says, and sets when to ask
    next. A provider that is away is asked again later."""
    reached = False
    try:
        adapter = providers.get(order.provider)
        answer = adapter.query(order)
        if answer.event is not None:
            events.demand_sense(answer.event)
            kept = events.keep(
                provider=adapter.name,
                source=PaymentEvent.Source.QUERY,
                headers={},
                body=answer.raw,
            )
            events.apply(event=kept, said=answer.event)
        reached = True
    except (ProviderAway, CallbackRefused, NotRegistered) as error:
        log.warning("payment_not_asked", order=order.public_id, error=type(error).__name__)
    return _asked(order, at, reached=reached)


def _asked(order: PaymentOrder, at: datetime, *, reached: bool) -> PaymentOrder:
    with transaction.atomic():
        fresh = PaymentOrder.objects.select_for_update(no_key=True).get(pk=order.pk)
        if fresh.next_query_at is None:
            return fresh  # it has ended, or staff know of it
        over = fresh.expires_at <= at if reached else fresh.expires_at + GIVEN_UP_AFTER <= at
        fresh.queries = min(fresh.queries + 1, 1000)
        if over:
            fresh.state, fresh.next_query_at = State.EXPIRED, None
        else:
            fresh.next_query_at = at + wait_after(fresh.queries)
        fresh.save(update_fields=["state", "queries", "next_query_at"])
        return fresh


def wait_after(queries: int) -> timedelta:
    """Twice as long each time, up to `LONGEST_WAIT`."""
    return min(LONGEST_WAIT, SHORTEST_WAIT * (1 << min(queries, 10)))
