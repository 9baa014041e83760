"""Keeping `Case.due_at` when the working-day calendar changes.

Lists go by what `compliance.clocks` kept with each step of a case. A day entered, or a year
settled, moves the deadlines of cases that nobody touches; the calendar counts its editions,
and a job brings all open cases up to the newest one.
"""

from collections import defaultdict
from datetime import datetime

from django.db import connection, transaction

from common.models import CalendarEdition
from common.working_days import Calendar
from compliance import clocks
from compliance.models import Case, ClockEntry, DueDates

CASES_AT_ONCE = 500

_KEEP = """
UPDATE compliance_case SET due_at = kept.due_at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS kept (id, due_at)
WHERE compliance_case.id = kept.id AND compliance_case.due_at IS DISTINCT FROM kept.due_at
"""


def keep_up(*, at: datetime) -> int:
    """Works out the due dates of all open cases anew if the calendar changed since; how many
    moved. Interrupted, it begins again: the edition is noted at the end.

    A change of the calendar meanwhile is another edition, for the next time.
    """
    edition = CalendarEdition.objects.values_list("number", flat=True).get()
    if not DueDates.objects.exclude(calendar=edition).exists():
        return 0
    moved, after = 0, 0
    while pks := _open_after(after):
        moved += _keep(pks, at=at)
        after = pks[-1]
    DueDates.objects.update(calendar=edition)
    return moved


def _open_after(pk: int) -> list[int]:
    found = Case.objects.open().filter(pk__gt=pk).order_by("pk")
    return list(found.values_list("pk", flat=True)[:CASES_AT_ONCE])


@transaction.atomic
def _keep(pks: list[int], *, at: datetime) -> int:
    """Whoever acts on one of these cases holds its lock; so they come before or after."""
    locked = Case.objects.select_for_update().filter(pk__in=pks).order_by("pk")
    held = list(locked.values_list("pk", flat=True))
    entries: dict[int, list[ClockEntry]] = defaultdict(list)
    for entry in ClockEntry.objects.filter(case__in=held).order_by("pk"):
        entries[entry.case_id].append(entry)
    calendar = Calendar()
    due = [
        clocks.first_due(clocks.readings_of(entries[pk], at=at, calendar=calendar)) for pk in held
    ]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [held, due])
        return int(cursor.rowcount)
