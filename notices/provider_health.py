"""Traffic moves away from a provider that fails or is slow, and drifts back.

Whoever claims deliveries measures now and then, from the newest answers and receipts: at half
of them in error all traffic goes to the next provider, at 15% half of it does. Each minute
without trouble brings a tenth back, which is also how a provider is tried again. What is in
doubt never moves: it may have been taken (`notices.routing`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from notices.models import Delivery, ProviderHealth, ProviderShift

FULL = ProviderHealth.FULL
Cause = ProviderHealth.Cause
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


@dataclass(frozen=True)
class Measured:
    """What was seen of a provider."""

    answered: int = 0
    failed: int = 0
    slow: int = 0

    def verdict(self) -> tuple[str, float]:
        """The cause for concern, and how bad it is; `("", 0)` without one."""
        if self.answered < MINIMUM:
            return Cause.NONE, 0.0
        failed, slow = self.failed / self.answered, self.slow / self.answered
        if failed >= BAD:
            return Cause.ERRORS, failed
        if slow >= BAD:
            # Slow is not lost: half of the traffic goes on.
            return Cause.SLOW_ANSWERS, BAD
        return Cause.NONE, 0.0


class Health:
    """The shares of providers at a moment."""

    def __init__(self, providers: Collection[str], *, at: datetime) -> None:
        rows = {row.pk: row for row in ProviderHealth.objects.filter(pk__in=providers)}
        if missing := sorted(set(providers) - set(rows)):
            ProviderHealth.objects.bulk_create(
                [ProviderHealth(provider=name, measured_at=at) for name in missing],
                ignore_conflicts=True,
            )
        self._tenths = {name: row.tenths for name, row in rows.items()}
        stale = [name for name, row in rows.items() if row.measured_at <= at - MEASURED_EVERY]
        if stale:
            self._tenths |= _measure(stale, at=at)

    def takes(self, provider: str, delivery: Delivery) -> bool:
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
    seen = _answers(rows, at=at)
    shifts = [shift for row in rows if (shift := _move(row, seen.get(row.pk, Measured()), at=at))]
    ProviderHealth.objects.bulk_update(
        rows, ["tenths", "cause", "answered", "failed", "slow", "measured_at", "moved_at"]
    )
    ProviderShift.objects.bulk_create(shifts)
    return {row.pk: row.tenths for row in rows}


def _answers(rows: Collection[ProviderHealth], *, at: datetime) -> Mapping[str, Measured]:
    since = at - WINDOW
    with connection.cursor() as cursor:
        cursor.execute(
            _ANSWERS,
            {
                "providers": [row.pk for row in rows],
                "moved": [max(row.moved_at or since, since) for row in rows],
                "since": since,
                "at": at,
                "most": LOOKED_AT,
                "slow": SLOW_ANSWER,
            },
        )
        return {name: Measured(*counts) for name, *counts in cursor.fetchall()}


def _move(row: ProviderHealth, seen: Measured, *, at: datetime) -> ProviderShift | None:
    """Writes what was seen into `row`; the shift of traffic that follows, if any does."""
    cause, how_bad = seen.verdict()
    before = row.tenths
    if how_bad >= VERY_BAD:
        row.tenths = 0
    elif how_bad >= BAD:
        row.tenths = before // 2
    elif before < FULL and (row.moved_at is None or at - row.moved_at >= DRIFTS_BACK_EVERY):
        row.tenths = before + 1
    row.measured_at = at
    row.answered, row.failed, row.slow = seen.answered, seen.failed, seen.slow
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
        answered=seen.answered,
        failed=seen.failed,
        slow=seen.slow,
    )
