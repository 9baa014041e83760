"""All ledger accounts at a moment, debits on one side and credits on the other.

Read from the totals of whole days (`AccountTotal`) as far as they reach, and from the
entries of what they do not hold: journals not rolled up yet, those effective on the last
day, and those recorded on the last day of what is to be known. So it takes as long at ten
million entries as at ten thousand. Days are those of Asia/Shanghai, like periods.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from billing.models import LedgerAccount

BOOKS = ZoneInfo("Asia/Shanghai")
MOST = 100_000

_SUMS = """
WITH reach AS MATERIALIZED (
    -- Totals made on another server are not read.
    SELECT CASE WHEN server = billing_server() THEN upto ELSE '0'::xid8 END AS upto
    FROM billing_rollup
), part AS (
    SELECT account_id, amount FROM billing_accounttotal
    WHERE (SELECT upto FROM reach) > '0'::xid8
      AND effective_day < %(effective_day)s AND recorded_day < %(known_day)s::date
    UNION ALL
    SELECT entry.account_id, entry.amount
    FROM billing_journal journal JOIN billing_entry entry ON entry.journal_id = journal.id
    WHERE journal.transaction >= (SELECT upto FROM reach)
      AND journal.effective_at < %(effective)s AND journal.recorded_at < %(known)s::timestamptz
    UNION ALL
    SELECT entry.account_id, entry.amount
    FROM billing_journal journal JOIN billing_entry entry ON entry.journal_id = journal.id
    WHERE journal.transaction < (SELECT upto FROM reach)
      AND journal.effective_at >= %(midnight)s AND journal.effective_at < %(effective)s
      AND journal.recorded_at < %(known)s::timestamptz
    UNION ALL
    SELECT entry.account_id, entry.amount
    FROM billing_journal journal JOIN billing_entry entry ON entry.journal_id = journal.id
    WHERE journal.transaction < (SELECT upto FROM reach)
      AND journal.effective_at < %(midnight)s
      AND journal.recorded_at >= %(known_midnight)s::timestamptz
      AND journal.recorded_at < %(known)s::timestamptz
)
SELECT account_id, sum(amount)::bigint FROM part GROUP BY account_id
"""


@dataclass(frozen=True)
class Row:
    """A ledger account's balance, on its side; micro-yuan."""

    account: LedgerAccount
    amount: int

    @property
    def debit(self) -> int:
        return max(0, -self.amount)

    @property
    def credit(self) -> int:
        return max(0, self.amount)


@dataclass(frozen=True)
class TrialBalance:
    """Of everything effective before `effective` and recorded before `known` (None: all
    that was committed when it was read)."""

    effective: datetime
    known: datetime | None
    rows: list[Row]

    @property
    def debit(self) -> int:
        return sum(row.debit for row in self.rows)

    @property
    def credit(self) -> int:
        return sum(row.credit for row in self.rows)

    @property
    def balances(self) -> bool:
        return self.debit == self.credit

    def by_code(self) -> dict[str, int]:
        """As it is pinned: signed micro-yuan by the code of the account, credits positive,
        accounts with nothing on them left out."""
        return {str(row.account.code): row.amount for row in self.rows if row.amount}


def trial_balance(*, effective: datetime, known: datetime | None = None) -> TrialBalance:
    """The balance of every ledger account, for everything effective before `effective`.

    With a `known` of the past it is what could be read then. A posting still under way when
    it is asked may have been recorded before a `known` of this very moment: for a figure
    that is to stand, name one that is older than any posting takes, or hold the lock of the
    close (`billing.closing`).
    """
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, _asked(effective, known))
        sums = dict(cursor.fetchall())
    rows = [Row(account, sums.get(account.code, 0)) for account in LedgerAccount.objects.all()]
    return TrialBalance(effective=effective, known=known, rows=rows)


def _asked(effective: datetime, known: datetime | None) -> dict[str, Any]:
    midnight = _midnight(effective)
    known_midnight = known and _midnight(known)
    return {
        "effective": effective,
        "midnight": midnight,
        "effective_day": midnight.date(),
        "known": known or "infinity",
        "known_midnight": known_midnight or "infinity",
        "known_day": known_midnight.date() if known_midnight else "infinity",
    }


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(BOOKS).replace(hour=0, minute=0, second=0, microsecond=0)


def roll_up(*, most: int = MOST) -> int:
    """Adds journals to the totals, `most` of them at a time or one transaction's; how many
    there were. Fewer than `most`: there are no more. Safe at any time, by any number at once.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_roll_up(%s)", [most])
        (rolled,) = cursor.fetchone()
    return int(rolled)
