"""Statements: every movement of an account's money in a period, opening to closing.

A period is half-open, `[since, until)`, by when movements are effective; days are those of
the account's time zone. A statement is drawn at a moment, its `known`: what is posted later
is not on it, however often it is read, and its pages belong together. `opening` plus the
movements is `closing`.

Usage is one line for each day and model, after the day's other movements, or with
`detailed` one line for each charge. Lines come in pages named by the line they follow,
which carries the running balance: nobody adds up again what was before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from accounts.models import Account
from billing.as_of import SPLIT, Balances, balances, settled
from billing.models import Kind

PAGE = 1_000
# Days of usage that are added up at once, for a page of summed lines.
DAYS_AT_ONCE = 31


@dataclass(frozen=True)
class Total:
    """Of all movements of a kind in the period: in and out of what the customer has, in
    micro-yuan, neither negative; `moved` is how they changed each balance. Money put on
    hold and released only moves between balances."""

    kind: Kind
    count: int
    came_in: int
    went_out: int
    moved: Balances


@dataclass(frozen=True)
class Statement:
    """The frame of a statement. `known` is the moment it was drawn at."""

    account: Account
    since: datetime
    until: datetime
    known: datetime
    opening: Balances
    closing: Balances
    totals: list[Total]

    @property
    def came_in(self) -> int:
        return sum(total.came_in for total in self.totals)

    @property
    def went_out(self) -> int:
        return sum(total.went_out for total in self.totals)

    @property
    def count(self) -> int:
        return sum(total.count for total in self.totals)


@dataclass(frozen=True)
class Place:
    """Of a line in the order of a statement, and the balances after it."""

    day: date
    order: int
    at: datetime
    number: int
    after: Balances


@dataclass(frozen=True)
class Line:
    """One movement, or the usage of a model on a day: then `journal` is None and `count`
    the number of charges. `moved` is what it did to each balance, `place.after` what was
    there then. `reversed` is the kind of the journal it undoes, if it undoes one."""

    journal: int | None
    kind: Kind
    reversed: Kind | None
    memo: str
    model: str
    count: int
    moved: Balances
    place: Place

    @property
    def came_in(self) -> int:
        return max(0, self.moved.total)

    @property
    def went_out(self) -> int:
        return max(0, -self.moved.total)


# -- the frame -----------------------------------------------------------------------------

_JOURNALS = """
    FROM billing_journal journal
    WHERE journal.account_id = %(account)s AND journal.effective_at >= %(since)s
      AND journal.effective_at < %(until)s AND journal.recorded_at < %(known)s
"""
_MOVED = f"""
    SELECT journal.id, journal.kind, journal.effective_at, journal.memo, journal.reverses_id,
        {SPLIT}
    FROM journal LEFT JOIN billing_entry entry
        ON entry.journal_id = journal.id AND entry.wallet_id = %(account)s
    GROUP BY journal.id, journal.kind, journal.effective_at, journal.memo, journal.reverses_id
"""
_TOTALS = f"""
WITH journal AS (SELECT journal.* {_JOURNALS}),
moved AS ({_MOVED}),
net AS (SELECT *, paid + granted + held_paid + held_granted AS amount FROM moved)
SELECT kind, count(*), coalesce(sum(amount) FILTER (WHERE amount > 0), 0)::bigint,
    coalesce(-sum(amount) FILTER (WHERE amount < 0), 0)::bigint,
    sum(paid)::bigint, sum(granted)::bigint, sum(held_paid)::bigint, sum(held_granted)::bigint
FROM net GROUP BY kind
"""


def statement(
    *, account: Account, since: datetime, until: datetime, known: datetime | None = None
) -> Statement:
    """The frame of a statement: balances at both ends and totals by kind, as known at
    `known` (None: by now, which it then names)."""
    known = known or settled(account=account)
    asked: dict[str, Any] = {
        "account": account.pk,
        "since": since,
        "until": until,
        "known": known,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, asked)
        totals = [
            Total(Kind(kind), count, came_in, went_out, Balances(*moved))
            for kind, count, came_in, went_out, *moved in cursor.fetchall()
        ]
    totals.sort(key=lambda total: Kind.values.index(total.kind))
    opening = balances(account=account, effective=since, known=known)
    return Statement(
        account=account,
        since=since,
        until=until,
        known=known,
        opening=opening,
        closing=sum((total.moved for total in totals), opening),
        totals=totals,
    )


# -- the lines -----------------------------------------------------------------------------

_PLACED = """
SELECT line.journal, line.kind, undone.kind, line.memo, coalesce(model.name, ''), line.count,
    line.paid, line.granted, line.held_paid, line.held_granted,
    line.day, line.ordinal, line.at, line.number,
    %(paid)s::bigint + sum(line.paid) OVER so_far,
    %(granted)s::bigint + sum(line.granted) OVER so_far,
    %(held_paid)s::bigint + sum(line.held_paid) OVER so_far,
    %(held_granted)s::bigint + sum(line.held_granted) OVER so_far
FROM line
LEFT JOIN billing_journal undone ON undone.id = line.reverses_id
LEFT JOIN accounts_inferencemodel model ON model.id = line.model
WHERE (line.day, line.ordinal, line.at, line.number)
    > (%(day)s::date, %(ordinal)s::int, %(at)s::timestamptz, %(number)s::bigint)
WINDOW so_far AS (ORDER BY line.day, line.ordinal, line.at, line.number)
ORDER BY line.day, line.ordinal, line.at, line.number
LIMIT %(most)s
"""
_EACH = """
SELECT (moved.effective_at AT TIME ZONE %(zone)s)::date AS day, 0 AS ordinal,
    moved.effective_at AS at, moved.id AS number, moved.id AS journal, moved.kind,
    moved.reverses_id, moved.memo, charge.model_id AS model, 1::bigint AS count,
    moved.paid, moved.granted, moved.held_paid, moved.held_granted
FROM moved LEFT JOIN billing_charge charge ON charge.journal_id = moved.id
"""
_DETAILED = f"""
WITH journal AS (
    SELECT journal.* {_JOURNALS}
      AND (journal.effective_at, journal.id) > (%(at)s::timestamptz, %(number)s::bigint)
    ORDER BY journal.effective_at, journal.id LIMIT %(most)s
), moved AS ({_MOVED}),
line AS ({_EACH})
{_PLACED}
"""
_SUMMED = f"""
WITH journal AS (SELECT journal.* {_JOURNALS}),
moved AS ({_MOVED}),
one AS ({_EACH}),
line AS (
    SELECT * FROM one WHERE kind <> 'charge'
    UNION ALL
    SELECT day, 1, min(at), coalesce(model, 0), NULL, kind, NULL, '', model, sum(count)::bigint,
        sum(paid)::bigint, sum(granted)::bigint, sum(held_paid)::bigint,
        sum(held_granted)::bigint
    FROM one WHERE kind = 'charge' GROUP BY day, model, kind
)
{_PLACED}
"""
_FIRST = f"SELECT min(journal.effective_at) {_JOURNALS}"


def lines(
    *,
    statement: Statement,
    after: Place | None = None,
    most: int = PAGE,
    detailed: bool = False,
) -> list[Line]:
    """Up to `most` lines of the statement, those that follow the place `after`; fewer:
    there are no more. Reads at most a month of usage at once to sum it up."""
    place = after or _beginning(statement)
    if detailed:
        return _read(_DETAILED, statement, place, statement.since, statement.until, most)
    zone = ZoneInfo(statement.account.time_zone)
    found: list[Line] = []
    begins = statement.since
    if after is not None:
        begins = max(begins, _midnight(after.day, zone))
    while len(found) < most and (moved := _next_movement(statement, begins)):
        # Whole days, so that each is summed up once.
        day = moved.astimezone(zone).date()
        begins = max(statement.since, _midnight(day, zone))
        ends = min(statement.until, _midnight(day + timedelta(days=DAYS_AT_ONCE), zone))
        found += _read(_SUMMED, statement, place, begins, ends, most - len(found))
        place = found[-1].place if found else place
        begins = ends
    return found


def pages(statement: Statement, *, detailed: bool = False) -> Iterator[list[Line]]:
    """Every line, a page at a time."""
    place: Place | None = None
    while page := lines(statement=statement, after=place, detailed=detailed):
        yield page
        if len(page) < PAGE:
            return
        place = page[-1].place


def all_lines(statement: Statement, *, detailed: bool = False) -> Iterator[Line]:
    """Every line, read in pages."""
    return chain.from_iterable(pages(statement, detailed=detailed))


def _beginning(statement: Statement) -> Place:
    return Place(date.min, -1, statement.since, 0, statement.opening)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _next_movement(statement: Statement, begins: datetime) -> datetime | None:
    if begins >= statement.until:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, _frame(statement, begins, statement.until))
        (moment,) = cursor.fetchone()
    first: datetime | None = moment
    return first


def _frame(statement: Statement, since: datetime, until: datetime) -> dict[str, Any]:
    return {
        "account": statement.account.pk,
        "since": since,
        "until": until,
        "known": statement.known,
    }


def _read(
    query: str, statement: Statement, place: Place, since: datetime, until: datetime, most: int
) -> list[Line]:
    asked = {
        **_frame(statement, since, until),
        "zone": statement.account.time_zone,
        "day": place.day,
        "ordinal": place.order,
        "at": place.at,
        "number": place.number,
        "paid": place.after.paid,
        "granted": place.after.granted,
        "held_paid": place.after.held_paid,
        "held_granted": place.after.held_granted,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        return [_line(row) for row in cursor.fetchall()]


def _line(row: tuple[Any, ...]) -> Line:
    journal, kind, undone, memo, model, count, *rest = row
    moved, (day, order, at, number), after = rest[:4], rest[4:8], rest[8:]
    return Line(
        journal=journal,
        kind=Kind(kind),
        reversed=Kind(undone) if undone else None,
        memo=memo,
        model=model,
        count=count,
        moved=Balances(*moved),
        place=Place(day, order, at, number, Balances(*map(int, after))),
    )
