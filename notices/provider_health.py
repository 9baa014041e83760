"""Traffic moves away from a provider that fails or is slow, and drifts back.

Whoever claims deliveries measures now and then, from the newest answers and receipts: at half
of them in error all traffic goes to the next provider, at 15% half of it does. Each minute
without trouble brings a tenth back, which is also how a provider is tried again. What is in
doubt never moves: it may have been taken (`notices.routing`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from common import prepared
from common.arrays import array
from notices.due import Routable
from notices.models import ProviderHealth, ProviderShift

FULL = ProviderHealth.FULL
Cause = ProviderHealth.Cause
SEEN = ("answered", "failed", "slow", "awaited", "late")
MEASURED_EVERY = timedelta(seconds=10)
WINDOW = timedelta(minutes=5)
LOOKED_AT = 2_000
"""Answers at most: what a measure costs stays the same however much is sent."""
MINIMUM = 10
"""With fewer answers nothing is decided."""
BAD = 0.15
VERY_BAD = 0.5
SLOW_ANSWER = timedelta(seconds=40)
"""Of a whole batch, whose outcomes are written together."""
DRIFTS_BACK_EVERY = timedelta(minutes=1)
RECEIPT_WITHIN = timedelta(minutes=5)
"""Of a provider that sends receipts at all; what is judged by them drifts back as slowly."""
RECEIPTS_OF = timedelta(minutes=20)

_KEPT = """
SELECT provider, tenths, measured_at FROM notices_providerhealth WHERE provider = ANY(%s::text[])
"""

# Answers since the share last changed: what was decided on once is not decided on again.
_ANSWERS = """
SELECT attempt.provider, count(*),
       count(*) FILTER (WHERE newest.verdict IN ('rejected_for_now', 'ambiguous')),
       count(*) FILTER (WHERE newest.recorded_at - attempt.recorded_at > %(slow)s)
FROM (
    SELECT attempt_id, verdict, recorded_at FROM notices_outcome
    WHERE recorded_at > %(since)s AND recorded_at <= %(at)s
    ORDER BY recorded_at DESC LIMIT %(most)s
) newest
JOIN notices_attempt attempt ON attempt.id = newest.attempt_id
JOIN unnest(%(providers)s::text[], %(moved)s::timestamptz[]) AS asked (provider, moved)
    ON asked.provider = attempt.provider AND attempt.recorded_at > asked.moved
GROUP BY 1
"""


# Messages taken long enough ago that their first receipt should be there; of providers that say
# of some of them that they arrived. One that tells of bounces alone is late with nothing, and
# where every receipt is missing, it is rather we who do not get them.
_RECEIPTS = """
SELECT attempt.provider, count(*),
       count(*) FILTER (WHERE NOT EXISTS (
           SELECT FROM notices_receiptmatch matched
           JOIN notices_receipt receipt ON receipt.id = matched.receipt_id
           WHERE matched.attempt_id = attempt.id
             AND receipt.recorded_at <= attempt.recorded_at + %(within)s))
FROM (
    SELECT attempt_id FROM notices_outcome
    WHERE recorded_at > %(since)s AND recorded_at <= %(until)s AND verdict = 'accepted'
    ORDER BY recorded_at DESC LIMIT %(most)s
) newest
JOIN notices_attempt attempt ON attempt.id = newest.attempt_id
JOIN unnest(%(providers)s::text[], %(moved)s::timestamptz[]) AS asked (provider, moved)
    ON asked.provider = attempt.provider AND attempt.recorded_at > asked.moved
GROUP BY 1
HAVING bool_or(EXISTS (
    SELECT FROM notices_receiptmatch matched
    JOIN notices_receipt receipt ON receipt.id = matched.receipt_id
    WHERE matched.attempt_id = attempt.id AND receipt.state IN ('sent', 'delivered')))
"""


@dataclass(frozen=True)
class Measured:
    """What was seen of a provider."""

    answered: int = 0
    failed: int = 0
    slow: int = 0
    awaited: int = 0
    late: int = 0

    def verdict(self) -> tuple[str, float]:
        """The cause for concern, and how bad it is; `("", 0)` without one."""
        failed = _share(self.failed, self.answered)
        if failed >= BAD:
            return Cause.ERRORS, failed
        # Slow is not lost: half of the traffic goes on.
        if _share(self.slow, self.answered) >= BAD:
            return Cause.SLOW_ANSWERS, BAD
        if _share(self.late, self.awaited) >= BAD:
            return Cause.SLOW_RECEIPTS, BAD
        return Cause.NONE, 0.0


def _share(some: int, of: int) -> float:
    return some / of if of >= MINIMUM else 0.0


class Health:
    """The shares of providers at a moment."""

    def __init__(self, providers: Collection[str], *, at: datetime) -> None:
        rows = {name: found for name, *found in prepared.rows(_KEPT, (array(list(providers)),))}
        if missing := sorted(set(providers) - set(rows)):
            ProviderHealth.objects.bulk_create(
                [ProviderHealth(provider=name, measured_at=at) for name in missing],
                ignore_conflicts=True,
            )
        self._tenths: dict[str, int] = {name: tenths for name, (tenths, _measured) in rows.items()}
        due = at - MEASURED_EVERY
        stale = [name for name, (_tenths, measured) in rows.items() if measured <= due]
        if stale:
            self._tenths |= _measure(stale, at=at)

    def takes(self, provider: str, delivery: Routable) -> bool:
        """Whether this delivery is of the share that goes to the provider. Which share a
        delivery is of changes with each try."""
        share = (delivery.pk * 7 + delivery.tries * 3) % FULL
        return share < self._tenths.get(provider, FULL)


def _measure(providers: Collection[str], *, at: datetime) -> dict[str, int]:
    """Measures those that nobody else is measuring; the tenths they have now."""
    rows = list(
        ProviderHealth.objects.select_for_update(skip_locked=True)
        .filter(pk__in=providers, measured_at__lte=at - MEASURED_EVERY)
        .order_by("pk")
    )
    if not rows:
        return {}
    seen = _seen(rows, at=at)
    shifts = [shift for row in rows if (shift := _move(row, seen.get(row.pk, Measured()), at=at))]
    ProviderHealth.objects.bulk_update(rows, ["tenths", "cause", *SEEN, "measured_at", "moved_at"])
    ProviderShift.objects.bulk_create(shifts)
    return {row.pk: row.tenths for row in rows}


def _seen(rows: Collection[ProviderHealth], *, at: datetime) -> Mapping[str, Measured]:
    """What the newest answers and receipts say of each."""
    since = at - WINDOW
    given: dict[str, Any] = {
        "providers": [row.pk for row in rows],
        "moved": [max(row.moved_at or since, since) for row in rows],
        "since": since,
        "at": at,
        "most": LOOKED_AT,
        "slow": SLOW_ANSWER,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERS, given)
        answers = {name: counts for name, *counts in cursor.fetchall()}
        given |= {
            "moved": [row.moved_at or at - RECEIPTS_OF for row in rows],
            "since": at - RECEIPTS_OF,
            "until": at - RECEIPT_WITHIN,
            "within": RECEIPT_WITHIN,
        }
        cursor.execute(_RECEIPTS, given)
        receipts = {name: counts for name, *counts in cursor.fetchall()}
    return {
        row.pk: Measured(*answers.get(row.pk, (0, 0, 0)), *receipts.get(row.pk, (0, 0)))
        for row in rows
    }


def _move(row: ProviderHealth, seen: Measured, *, at: datetime) -> ProviderShift | None:
    """Writes what was seen into `row`; the shift of traffic that follows, if any does."""
    cause, how_bad = seen.verdict()
    before = row.tenths
    if how_bad >= VERY_BAD:
        row.tenths = 0
    elif how_bad >= BAD:
        row.tenths = before // 2
    elif before < FULL and (row.moved_at is None or at - row.moved_at >= _patience(row)):
        row.tenths = before + 1
    row.measured_at = at
    for name in SEEN:
        setattr(row, name, getattr(seen, name))
    if cause or row.tenths == FULL:
        row.cause = cause
    if row.tenths == before:
        return None
    row.moved_at = at
    return ProviderShift(
        provider=row.pk,
        before=before,
        after=row.tenths,
        cause=cause,
        **{name: getattr(seen, name) for name in SEEN},
    )


def _patience(row: ProviderHealth) -> timedelta:
    """How long it is left alone before a tenth comes back."""
    return RECEIPT_WITHIN if row.cause == Cause.SLOW_RECEIPTS else DRIFTS_BACK_EVERY
