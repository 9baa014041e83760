"""Counting what happened to deliveries, each record once, a few at a time.

As seals do, a run goes on from where the last one ended, up to what is committed or gone for
good: nothing is counted twice and nothing that commits late is passed over. Sending waits for
none of it, and no page ever counts deliveries.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from common.clock import now
from notices.models import DeliveryTally, TallyPosition

ROWS_A_STEP = 20_000
SECONDS = 20.0
MINUTES_KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Counted:
    """A table that is counted: its key, and SQL for what a row is counted as. In the SQL `t` is
    the row, `attempt` and `delivery` what it is of."""

    key: str
    what: str
    joins: str


_OF_AN_ATTEMPT = "JOIN notices_attempt attempt ON attempt.id = t.attempt_id"
COUNTED = {
    "notices_attempt": Counted(
        "number", "'attempt'", "JOIN notices_attempt attempt ON attempt.id = t.id"
    ),
    "notices_outcome": Counted("id", "t.verdict", _OF_AN_ATTEMPT),
    "notices_receiptmatch": Counted(
        "id",
        "'receipt:' || receipt.state",
        f"{_OF_AN_ATTEMPT} JOIN notices_receipt receipt ON receipt.id = t.receipt_id",
    ),
}
_STEP = """
WITH fresh AS MATERIALIZED (
    SELECT t.transaction::text::bigint AS transaction, t.{key} AS row, t.id, t.recorded_at
    FROM {table} t
    WHERE (t.transaction, t.{key}) > (%(transaction)s::text::xid8, %(row)s)
      AND t.transaction < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY t.transaction, t.{key} LIMIT %(most)s
), said AS (
    SELECT fresh.recorded_at, delivery.channel, attempt.provider, {what} AS what
    FROM fresh JOIN {table} t ON t.id = fresh.id {joins}
    JOIN notices_delivery delivery ON delivery.id = attempt.delivery_id
), added AS (
    INSERT INTO notices_deliverytally AS kept (grain, period, channel, provider, what, number)
    SELECT grain, date_trunc(grain, said.recorded_at, 'UTC'), channel, provider, what, count(*)
    FROM said, (VALUES ('minute'), ('hour')) grains (grain)
    GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (grain, period, channel, provider, what)
    DO UPDATE SET number = kept.number + excluded.number
)
SELECT count(*), (array_agg(transaction ORDER BY transaction DESC, row DESC))[1],
    (array_agg(row ORDER BY transaction DESC, row DESC))[1]
FROM fresh
"""


def count_up(*, at_most_seconds: float = SECONDS, most: int = ROWS_A_STEP) -> int:
    """Counts what is new in each table; how many rows that was. Stops after the step in which
    its time ran out; the next run goes on."""
    until = time.monotonic() + at_most_seconds
    total = 0
    for table in COUNTED:
        while time.monotonic() < until:
            counted = _step(table, most)
            total += counted
            if counted < most:
                break
    DeliveryTally.objects.filter(
        grain=DeliveryTally.Grain.MINUTE, period__lt=now() - MINUTES_KEPT
    ).delete()
    return total


def _step(table: str, most: int) -> int:
    with transaction.atomic():
        TallyPosition.objects.get_or_create(table=table)
        # Two that count at once: the second goes on where the first ended.
        position = TallyPosition.objects.select_for_update().get(table=table)
        of = COUNTED[table]
        with connection.cursor() as cursor:
            cursor.execute(
                _STEP.format(table=table, key=of.key, what=of.what, joins=of.joins),
                {"transaction": str(position.transaction), "row": position.row, "most": most},
            )
            count, transaction_id, row = cursor.fetchone() or (0, 0, 0)
        if count:
            position.transaction, position.row = int(transaction_id), int(row)
        position.counted_at = now()
        position.save()
    return int(count)


@dataclass(frozen=True)
class Tally:
    """Numbers of one period by `(channel, provider, what)`."""

    period: datetime
    numbers: Mapping[tuple[str, str, str], int]


def tallies(*, grain: str, since: datetime, upto: datetime) -> Sequence[Tally]:
    """Every period from the one of `since` to the one of `upto`, oldest first, empty ones too."""
    step = timedelta(minutes=1) if grain == DeliveryTally.Grain.MINUTE else timedelta(hours=1)
    first = since.replace(second=0, microsecond=0)
    if grain == DeliveryTally.Grain.HOUR:
        first = first.replace(minute=0)
    found: dict[datetime, dict[tuple[str, str, str], int]] = {}
    while first <= upto:
        found[first] = {}
        first += step
    rows = DeliveryTally.objects.filter(grain=grain, period__gte=min(found), period__lte=upto)
    for row in rows:
        if row.period in found:
            found[row.period][row.channel, row.provider, row.what] = row.number
    return [Tally(period, numbers) for period, numbers in found.items()]


def counted_at() -> datetime | None:
    """Up to when everything has been counted; None before the first run."""
    positions = TallyPosition.objects.filter(counted_at__isnull=False)
    moments = [one.counted_at for one in positions if one.counted_at]
    return min(moments) if len(moments) == len(COUNTED) else None
