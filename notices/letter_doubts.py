"""The same as `notices.doubts` for letters: those in doubt, and those without a receipt.

Only providers that can be asked are; an e-mail in doubt stays so, and its letter is in the
inbox in any case.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction

from common.clock import now
from common.exceptions import CannotDecrypt
from common.messaging import Asked, CannotAsk
from common.wakeups import wake
from notices import letters, receipts
from notices.doubts import BATCH, provider_of, wait_after
from notices.models import LetterDelivery

log = structlog.get_logger(__name__)

State = LetterDelivery.State


def look_into_all(*, at_most: timedelta) -> tuple[int, bool]:
    """Looks until nothing is due; begins no batch after `at_most`. The number of messages
    looked into, and whether there may be more."""
    begun, looked = now(), 0
    while now() - begun < at_most:
        count = look_into_some(at=now())
        if not count:
            return looked, False
        looked += count
    return looked, True


def look_into_some(*, at: datetime) -> int:
    """Looks into the letters that are due, up to `BATCH`; how many there were."""
    due = _claim(at)
    for delivery in due:
        _look_into(delivery, at=at)
    return len(due)


@transaction.atomic
def _claim(at: datetime) -> list[LetterDelivery]:
    due = list(
        LetterDelivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(ask_at__lte=at)
        .order_by("ask_at")[:BATCH]
    )
    for delivery in due:
        delivery.asks = min(delivery.asks + 1, 1000)
        delivery.ask_at = at + wait_after(delivery.asks)
        # Of this try; it began at most a lease before it was settled.
        delivery.settled_at = delivery.settled_at or at
    LetterDelivery.objects.bulk_update(due, ["ask_at", "asks", "settled_at"])
    return due


def _look_into(delivery: LetterDelivery, *, at: datetime) -> None:
    provider = provider_of(delivery.provider)
    if delivery.state not in (State.UNKNOWN, State.ACCEPTED) or not (
        provider is not None and provider.can_be_asked
    ):
        _move(delivery, ask_at=None)
        return
    try:
        asked = Asked(
            reference=str(delivery.reference),
            address=letters.address_of(delivery),
            at=delivery.settled_at or at,
            provider_reference=delivery.provider_reference,
        )
        answer = provider.query(asked)
    except (CannotAsk, CannotDecrypt) as error:
        log.info("provider_not_asked", provider=provider.name, error=type(error).__name__)
    else:
        if answer.known and answer.receipt is not None:
            said = replace(answer.receipt, reference=str(delivery.reference))
            receipts.take_answer(provider.name, replace(answer, receipt=said), at=at)
        elif delivery.state == State.UNKNOWN and answer.known:
            _move(delivery, state=State.ACCEPTED, answer=receipts.cleaned(answer.raw))
        elif delivery.state == State.UNKNOWN:
            again: dict[str, Any] = {"state": State.RETRYING, "not_before": at, "ask_at": None}
            if _move(delivery, answer=receipts.cleaned(answer.raw), **again):
                wake(letters.SEND)
    if at - (delivery.settled_at or at) > settings.RECEIPTS_WAITED_FOR:
        _move(delivery, state=State.EXPIRED, ask_at=None)


def _move(delivery: LetterDelivery, **changes: Any) -> int:
    """Nothing, if somebody moved it meanwhile."""
    moved: int = LetterDelivery.objects.filter(
        pk=delivery.pk, state=delivery.state, reference=delivery.reference
    ).update(**changes)
    return moved
