"""The activity log of an account: written by the rules, read by its owners and administrators.

A page of it is found by the number of its last line, and never counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Account, Activity, ApiKey, Membership, TransferStep, User
from common.languages import listed

PAGE = 50
EXPORTED_AT_ONCE = 1_000
# What spreadsheets take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def note(
    kind: Activity.Kind,
    *,
    account: Account,
    by: User | None,
    about: User | None = None,
    api_key: ApiKey | None = None,
    **facts: Any,
) -> Activity:
    """Writes a line, in the transaction of what it says. `facts` are words and numbers for
    people to read, never a secret."""
    return Activity.record(
        account=account,
        area=kind.value.partition(".")[0],
        kind=kind,
        by=by,
        about=about,
        api_key=api_key,
        facts=facts,
    )


# Each person once, by a step of the index a person, however many lines there are.
_PEOPLE = """
WITH RECURSIVE acted AS (
    (SELECT by_id FROM accounts_activity WHERE account_id = %(account)s AND by_id IS NOT NULL
     ORDER BY by_id LIMIT 1)
    UNION ALL
    SELECT (SELECT by_id FROM accounts_activity
            WHERE account_id = %(account)s AND by_id > acted.by_id ORDER BY by_id LIMIT 1)
    FROM acted WHERE acted.by_id IS NOT NULL
)
SELECT by_id FROM acted WHERE by_id IS NOT NULL LIMIT %(most)s
"""


def people_of(account: Account, *, most: int = 500) -> list[User]:
    """Who has lines in the log, those who left the account included; by name."""
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, {"account": account.pk, "most": most})
        numbers = [number for (number,) in cursor.fetchall()]
    return list(User.objects.filter(pk__in=numbers).order_by("name", "pk"))


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which lines: of an area, by a person, between two days of the account's time zone."""

    area: str = ""
    by: User | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Page:
    """Lines, the newest first, and the number to go on below; None at the end."""

    lines: list[Activity]
    below: int | None


def lines_of(account: Account, wanted: Wanted) -> QuerySet[Activity]:
    """The lines of an account that are wanted, the newest first."""
    found = Activity.objects.filter(account=account)
    if wanted.area:
        found = found.filter(area=wanted.area)
    if wanted.by is not None:
        found = found.filter(by=wanted.by)
    zone = ZoneInfo(account.time_zone)
    if wanted.since:
        found = found.filter(recorded_at__gte=datetime.combine(wanted.since, time.min, zone))
    if wanted.until and wanted.until < date.max:
        end = datetime.combine(wanted.until + timedelta(days=1), time.min, zone)
        found = found.filter(recorded_at__lt=end)
    ordered: QuerySet[Activity] = found.order_by("-pk").select_related("by", "about", "api_key")
    return ordered


def page_of(account: Account, wanted: Wanted, *, below: int | None = None) -> Page:
    """The lines below number `below` (None: from the newest on)."""
    found = lines_of(account, wanted)
    if below is not None:
        found = found.filter(pk__lt=below)
    lines = list(found[: PAGE + 1])
    return Page(lines[:PAGE], lines[PAGE - 1].pk if len(lines) > PAGE else None)


def exported(account: Account, wanted: Wanted) -> Iterator[list[str]]:
    """Rows of a file, read while it is written; the first names the columns."""
    zone = ZoneInfo(account.time_zone)
    yield [
        _("moment"),
        pgettext("activity log", "who"),
        pgettext("activity log", "what"),
        _("person concerned"),
        _("API key"),
        _("particulars"),
    ]
    below = None
    while True:
        found = lines_of(account, wanted)
        lines = list((found if below is None else found.filter(pk__lt=below))[:EXPORTED_AT_ONCE])
        for line in lines:
            yield [
                _harmless(one)
                for one in (
                    line.recorded_at.astimezone(zone).isoformat(timespec="seconds"),
                    str(line.by or _("the platform")),
                    line.get_kind_display(),
                    str(line.about or ""),
                    str(line.api_key or ""),
                    in_words(line),
                )
            ]
        if len(lines) < EXPORTED_AT_ONCE:
            return
        below = lines[-1].pk


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet calculates."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def in_words(line: Activity) -> str:
    """The particulars of a line: `role: viewer → billing`."""
    facts = line.facts
    labels = {
        "name": _("name"),
        "was": _("before"),
        "role": _("role"),
        "to": pgettext("activity log", "to"),
        "reason": _("reason"),
        "version": _("version"),
        "step": _("step"),
        "reference": _("reference"),
        "amount": _("amount"),
        "until": _("until"),
        "services": _("services"),
    }
    return listed(
        _("%(label)s: %(value)s") % {"label": labels[name], "value": _fact(name, facts[name])}
        for name in labels
        if facts.get(name)
    )


def _fact(name: str, value: Any) -> str:
    roles = dict(Membership.Role.choices)
    if name in ("role", "was") and value in roles:
        return str(roles[value])
    if name == "step":
        return str(dict(TransferStep.Kind.choices).get(value, value))
    return listed(value) if isinstance(value, list) else str(value)
