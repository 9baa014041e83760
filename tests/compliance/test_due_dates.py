"""A change of the calendar moves the due dates of open cases, and of no others."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext

from common.models import CalendarDay, CalendarEdition, CalendarYear
from compliance import clocks, due_dates
from compliance.models import Case, ClockEntry, DueDates
from compliance.tasks import keep_due_dates
from tests.compliance.making import make_case

pytestmark = pytest.mark.django_db

FIRST_LOOK, DECISION, _APPEAL = ClockEntry.Clock
CRITICAL = 4


def shanghai(*numbers):
    return datetime(*numbers, tzinfo=ZoneInfo("Asia/Shanghai"))


MONDAY = shanghai(2026, 3, 2, 9)
LATER = MONDAY + timedelta(hours=1)


def due(case):
    return Case.objects.get(pk=case.pk).due_at


def take_off(day):
    return CalendarDay.objects.create(
        date=day, year_id=day.year, kind="holiday", name_zh_hans="临时放假", name_en="Extra day"
    )


@pytest.fixture(autouse=True)
def _kept():
    due_dates.keep_up(at=MONDAY)


def test_a_day_off_entered_later_moves_what_is_due():
    case = make_case(at=MONDAY, severity=CRITICAL)
    assert due(case) == MONDAY + timedelta(days=1)
    day = take_off(date(2026, 3, 3))
    assert due_dates.keep_up(at=LATER) == 1
    assert due(case) == MONDAY + timedelta(days=2)
    day.kind = "working_day"
    day.save()
    assert due_dates.keep_up(at=LATER) == 1
    assert due(case) == MONDAY + timedelta(days=1)


def test_paused_stopped_and_closed_cases_stay_as_they_are():
    paused, stopped = (make_case(at=MONDAY, severity=CRITICAL) for _turn in range(2))
    for case in (paused, stopped):
        clocks.stop(case, FIRST_LOOK, at=MONDAY)
    clocks.pause(paused, DECISION, at=LATER, reason="x")
    clocks.stop(stopped, DECISION, at=LATER)
    closed = make_case(at=MONDAY, severity=CRITICAL)
    Case.objects.filter(pk=closed.pk).update(state="closed")
    take_off(date(2026, 3, 3))
    assert due_dates.keep_up(at=LATER) == 0
    assert (due(paused), due(stopped)) == (None, None)
    assert due(closed) == MONDAY + timedelta(days=1)


def test_without_a_change_nothing_is_looked_at():
    make_case(at=MONDAY)
    with CaptureQueriesContext(connection) as asked:
        assert due_dates.keep_up(at=LATER) == 0
    assert len(asked) == 2


def test_it_goes_in_batches_of_few_statements(monkeypatch):
    monkeypatch.setattr(due_dates, "CASES_AT_ONCE", 4)
    cases = [make_case(at=MONDAY, severity=CRITICAL) for _turn in range(10)]
    take_off(date(2026, 3, 3))
    with CaptureQueriesContext(connection) as asked:
        assert due_dates.keep_up(at=LATER) == 10
    assert {due(case) for case in cases} == {MONDAY + timedelta(days=2)}
    # Four to begin and end with; of each batch: which, its savepoint, the lock, the entries,
    # the calendar, the update.
    assert len(asked) <= 4 + 3 * 7


def test_interrupted_it_begins_again(monkeypatch):
    case = make_case(at=MONDAY, severity=CRITICAL)
    take_off(date(2026, 3, 3))

    def killed(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(due_dates, "_keep", killed)
        with pytest.raises(KeyboardInterrupt):
            due_dates.keep_up(at=LATER)
    assert DueDates.objects.get().calendar < CalendarEdition.objects.get().number
    assert due_dates.keep_up(at=LATER) == 1
    assert due(case) == MONDAY + timedelta(days=2)


def test_the_job_of_the_timetable_does_it():
    case = make_case(at=MONDAY, severity=CRITICAL)
    take_off(date(2026, 3, 3))
    assert keep_due_dates() == 1
    assert due(case) == MONDAY + timedelta(days=2)


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        (lambda: take_off(date(2026, 3, 3)), True),
        (lambda: CalendarDay.objects.filter(pk=date(2026, 1, 1)).update(kind="working_day"), True),
        (lambda: CalendarYear.objects.filter(pk=2027).update(settled=True, source="x"), True),
        (lambda: CalendarYear.objects.create(year=2028), True),
        (lambda: CalendarYear.objects.filter(pk=2027).update(source="x"), False),
        (lambda: CalendarDay.objects.filter(pk=date(2026, 1, 1)).update(name_en="x"), False),
    ],
)
def test_the_database_counts_what_moves_deadlines(change, counts):
    before = CalendarEdition.objects.get().number
    change()
    assert (CalendarEdition.objects.get().number > before) == counts


def test_nobody_else_counts_them():
    with pytest.raises(ProgrammingError, match="permission denied"):
        CalendarEdition.objects.update(number=99)
