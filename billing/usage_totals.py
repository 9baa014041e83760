"""Usage of whole days from totals that are rolled up, so that no page adds up every charge.

What is rolled up is read from `UsageTotal`; what has been posted since, or took nothing, from
the charges themselves, between two looks at how far the totals reach. Where days were rolled up in
another time zone than the account has now, its charges are added up as before.
"""

from datetime import date
from typing import Any

from django.db import connection

from accounts.models import Account
from billing import usage
from billing.models import UsageTotal
from billing.usage import Cell, Sums

# Journals rolled up at a time.
MOST = 20_000
# How often reading begins anew when a roll-up came in between.
TURNS = 3

# Up to where the totals reach, on this server; 0: nowhere.
_REACH = """
SELECT coalesce((
    SELECT upto FROM billing_usagerollup WHERE server = billing_server()), '0'::xid8)::text
"""

# With the reach written into it, so that it is planned knowing how little has come since.
_CELLS = """
WITH part AS (
    SELECT day, model_id, api_key_id, charges, taken FROM billing_usagetotal
    WHERE wallet_id = %(wallet)s AND zone = %(zone)s AND day BETWEEN %(first)s AND %(last)s
      AND %(reach)s::xid8 > '0'::xid8
    UNION ALL
    SELECT (charge.used_at AT TIME ZONE %(zone)s)::date, model_id, api_key_id,
        found.sign, found.sign * posted
    FROM (
        SELECT CASE kind WHEN 'charge' THEN id ELSE reverses_id END AS charged,
            CASE kind WHEN 'charge' THEN 1 ELSE -1 END AS sign
        FROM billing_journal journal
        WHERE transaction >= %(reach)s::xid8 AND account_id = %(wallet)s
          AND kind IN ('charge', 'correction')
    ) found
    -- One look by the index each, however many the planner believes there are.
    CROSS JOIN LATERAL (
        SELECT * FROM billing_charge WHERE journal_id = found.charged OFFSET 0
    ) charge
    WHERE charge.used_at >= %(since)s AND charge.used_at < %(until)s
    UNION ALL
    SELECT (used_at AT TIME ZONE %(zone)s)::date, model_id, api_key_id, 1, 0
    FROM billing_charge
    WHERE wallet_id = %(wallet)s AND journal_id IS NULL
      AND used_at >= %(since)s AND used_at < %(until)s
)
SELECT day, model_id, api_key_id, sum(charges)::bigint, sum(taken)::bigint FROM part
GROUP BY 1, 2, 3 HAVING sum(charges) <> 0
"""


def cells_of_days(account: Account, first: date, last: date) -> list[Cell]:
    """As `usage.cells` of the account's days `first` to `last`, both included."""
    chosen = usage.of_days(account, first, last)
    rolled = UsageTotal.objects.filter(wallet=account.pk, day__range=(first, last))
    if rolled.exclude(zone=account.time_zone).exists():
        return usage.cells(chosen)
    values: dict[str, Any] = {
        "wallet": account.pk,
        "zone": account.time_zone,
        "first": first,
        "last": last,
        "since": chosen.since,
        "until": chosen.until,
    }
    for _turn in range(TURNS):
        reach = _reach()
        found = _read({**values, "reach": reach})
        # It only ever grows: the same before and after, it was the same in between.
        if _reach() == reach:
            return found
    return usage.cells(chosen)


def _reach() -> str:
    with connection.cursor() as cursor:
        cursor.execute(_REACH)
        (reach,) = cursor.fetchone()
    return str(reach)


def _read(values: dict[str, Any]) -> list[Cell]:
    with connection.cursor() as cursor:
        cursor.execute(_CELLS, values)
        return [
            Cell(day, model, api_key, Sums(charges, taken))
            for day, model, api_key, charges, taken in cursor.fetchall()
        ]


def roll_up(*, most: int = MOST) -> int:
    """Adds journals to the totals, `most` of them at a time or one transaction's; how many
    there were. Fewer than `most`: there are no more. Safe at any time, by any number at once.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_roll_up_usage(%s)", [most])
        (rolled,) = cursor.fetchone()
    return int(rolled)
