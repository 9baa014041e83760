"""One account's money over time, read for its page: balance and spend a day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from billing.models import Wallet

PLOTTED_DAYS = 90
# Entries read for a plot at most: one that is busier is plotted for fewer days.
MOST_READ = 100_000


@dataclass(frozen=True)
class Day:
    """A day of an account in micro-yuan: `balance` at its end, `spent` on usage in it."""

    day: date
    balance: int
    spent: int


# By number, which is how they were posted; the newest first, no further than is plotted.
_DAYS = """
SELECT (journal.recorded_at AT TIME ZONE %(zone)s)::date AS day,
    sum(entry.amount)::bigint AS moved,
    coalesce(-sum(entry.amount) FILTER (WHERE journal.kind = 'charge'), 0)::bigint AS spent
FROM (
    SELECT journal_id, amount, account_id FROM billing_entry
    WHERE wallet_id = %(wallet)s ORDER BY id DESC LIMIT %(most)s
) entry
JOIN billing_journal journal ON journal.id = entry.journal_id
WHERE entry.account_id IN (2010, 2020) AND journal.recorded_at >= %(since)s
GROUP BY 1 ORDER BY 1 DESC
"""


def days_of(wallet: Wallet, *, at: datetime, days: int = PLOTTED_DAYS) -> list[Day]:
    """The last `days` days up to `at` in the account's time zone, the oldest first; fewer
    for an account with more entries than are read."""
    zone = wallet.account.time_zone
    today = at.astimezone(ZoneInfo(zone)).date()
    first = today - timedelta(days=days - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone))
    values = {"zone": zone, "wallet": wallet.pk, "most": MOST_READ, "since": since}
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, values)
        found = {day: (moved, spent) for day, moved, spent in cursor.fetchall()}
    if found and wallet.entries.order_by()[MOST_READ : MOST_READ + 1].exists():
        # The day on which reading ended was not read to its beginning.
        first = max(first, min(found) + timedelta(days=1))
    balance, read = wallet.balance, []
    day = today
    while day >= first:
        moved, spent = found.get(day, (0, 0))
        read.append(Day(day, balance, spent))
        balance -= moved
        day -= timedelta(days=1)
    return read[::-1]
