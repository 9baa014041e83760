"""Clocks of cases: so many working days, without what the customer takes to answer."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.models import CalendarYear
from compliance import clocks
from compliance.exceptions import WrongStep
from compliance.models import Case, ClockEntry
from tests.compliance.making import make_case

pytestmark = pytest.mark.django_db

FIRST_LOOK, DECISION, APPEAL = ClockEntry.Clock
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MEDIUM, HIGH, CRITICAL = 2, 3, 4


def shanghai(*numbers):
    return datetime(*numbers, tzinfo=ZoneInfo("Asia/Shanghai"))


BEFORE = shanghai(2026, 2, 11, 9)  # a Wednesday; worked up to Saturday, off for nine days


def due(case):
    return Case.objects.get(pk=case.pk).due_at


def test_a_new_case_has_both_clocks_and_is_due_with_the_first():
    case = make_case(at=BEFORE)
    look, decision = clocks.readings(case, at=BEFORE)
    assert (look.clock, look.days, look.running, look.used) == (FIRST_LOOK, 3, True, timedelta())
    assert (decision.clock, decision.days) == (DECISION, 15)
    assert look.due_at == shanghai(2026, 2, 14, 9)
    # At nine of the 12th, 13th, 14th; 24th to 28th; 2nd to 6th of March, 9th, 10th.
    assert decision.due_at == shanghai(2026, 3, 10, 9)
    assert due(case) == look.due_at
    assert not any(one.provisional or one.breached for one in (look, decision))


def test_it_pauses_over_spring_festival_while_the_customer_is_asked():
    case = make_case(at=BEFORE, severity=HIGH)  # seven days
    clocks.stop(case, FIRST_LOOK, at=BEFORE + HOUR)
    clocks.pause(case, DECISION, at=shanghai(2026, 2, 13, 9), reason="inq_1")
    paused = clocks.read(case, DECISION, at=shanghai(2026, 2, 20))
    assert (paused.paused, paused.running, paused.used) == (True, False, 2 * DAY)
    assert paused.due_at is None
    assert due(case) is None
    # The answer comes on a day off: it goes on, and counts from the first day worked.
    clocks.resume(case, DECISION, at=shanghai(2026, 2, 20, 15), reason="inq_1")
    assert clocks.read(case, DECISION, at=shanghai(2026, 2, 23, 23)).used == 2 * DAY
    # Tuesday 24 to Saturday 28, which is worked, are the five days left.
    assert due(case) == shanghai(2026, 3, 1)
    entries = case.clock_entries.filter(clock=DECISION)
    assert [one.reason for one in entries if one.act != "start"] == ["inq_1", "inq_1"]


def test_a_stopped_clock_keeps_what_it_used():
    case = make_case(at=BEFORE, severity=CRITICAL)
    assert clocks.stop(case, FIRST_LOOK, at=BEFORE + 2 * HOUR)
    assert not clocks.stop(case, FIRST_LOOK, at=BEFORE + 3 * HOUR)
    assert not clocks.stop(case, APPEAL, at=BEFORE + 3 * HOUR)
    reading = clocks.read(case, FIRST_LOOK, at=BEFORE + 30 * DAY)
    assert (reading.used, reading.due_at, reading.running) == (2 * HOUR, None, False)
    assert reading.stopped_at == BEFORE + 2 * HOUR
    assert not reading.breached
    assert due(case) == clocks.read(case, DECISION, at=BEFORE).due_at


def test_started_again_it_counts_from_there_with_the_days_of_the_severity_now():
    case = make_case(at=BEFORE)
    case.severity = CRITICAL
    case.save(update_fields=["severity"])
    again = shanghai(2026, 2, 12, 9)
    clocks.start(case, DECISION, at=again)
    reading = clocks.read(case, DECISION, at=again + HOUR)
    assert (reading.days, reading.used) == (3, HOUR)
    # As it stood before is still to be read.
    assert clocks.read(case, DECISION, at=again - HOUR).days == 15


def test_a_clock_stopped_in_time_and_started_again_is_due_anew():
    case = make_case(at=BEFORE, severity=CRITICAL)
    for clock in (FIRST_LOOK, DECISION):
        clocks.stop(case, clock, at=BEFORE + HOUR)
    assert due(case) is None
    clocks.start(case, APPEAL, at=shanghai(2026, 3, 2))
    assert due(case) == shanghai(2026, 3, 7)


def test_breached_says_so_from_the_moment_it_ran_out():
    case = make_case(at=shanghai(2026, 3, 4), severity=CRITICAL)  # decision: Wed, Thu, Fri
    ends = shanghai(2026, 3, 7)
    at_the_end = clocks.read(case, DECISION, at=ends)
    assert (at_the_end.used, at_the_end.breached) == (3 * DAY, False)
    saturday = clocks.read(case, DECISION, at=ends + HOUR)
    assert saturday.breached, "a day off is late, though it uses nothing up"
    assert (saturday.ran_out_at, saturday.due_at) == (ends, ends)
    assert case in Case.objects.overdue(ends + HOUR)


def test_what_ran_out_before_a_pause_stays_due_then():
    case = make_case(at=shanghai(2026, 3, 4), severity=CRITICAL)
    clocks.stop(case, FIRST_LOOK, at=shanghai(2026, 3, 4, 1))
    clocks.pause(case, DECISION, at=shanghai(2026, 3, 12), reason="inq_2")
    assert clocks.read(case, DECISION, at=shanghai(2026, 3, 12)).breached
    clocks.resume(case, DECISION, at=shanghai(2026, 3, 20), reason="inq_2")
    assert due(case) == shanghai(2026, 3, 7)
    clocks.stop(case, DECISION, at=shanghai(2026, 3, 20, 1))
    assert clocks.read(case, DECISION, at=shanghai(2026, 4, 1)).breached


def test_what_was_stopped_at_the_last_moment_was_in_time():
    case = make_case(at=shanghai(2026, 3, 4), severity=CRITICAL)
    clocks.stop(case, DECISION, at=shanghai(2026, 3, 7))
    assert not clocks.read(case, DECISION, at=shanghai(2026, 3, 30)).breached


@pytest.mark.parametrize(
    "acts", [["resume"], ["pause", "pause"], ["stop", "pause"], ["stop", "resume"]]
)
def test_a_step_that_does_not_fit_is_refused(acts):
    case = make_case(at=BEFORE)
    steps = {
        "pause": lambda at: clocks.pause(case, DECISION, at=at, reason="x"),
        "resume": lambda at: clocks.resume(case, DECISION, at=at, reason="x"),
        "stop": lambda at: clocks.stop(case, DECISION, at=at),
    }
    *before, last = acts
    for turn, act in enumerate(before, start=1):
        steps[act](BEFORE + turn * HOUR)
    with pytest.raises(WrongStep):
        steps[last](BEFORE + 5 * HOUR)


def test_somebody_who_read_the_time_before_somebody_else_acted_comes_after_them():
    case = make_case(at=BEFORE)
    clocks.pause(case, DECISION, at=BEFORE + HOUR, reason="first")
    with pytest.raises(WrongStep):
        clocks.pause(case, DECISION, at=BEFORE + HOUR / 2, reason="read the time earlier")
    clocks.resume(case, DECISION, at=BEFORE + HOUR / 2, reason="read the time earlier")
    moments = list(case.clock_entries.filter(clock=DECISION).values_list("at", flat=True))
    assert moments == [BEFORE, BEFORE + HOUR, BEFORE + HOUR]
    assert clocks.read(case, DECISION, at=BEFORE + 2 * HOUR).used == 2 * HOUR


def test_over_the_turn_of_the_year_it_is_provisional_until_the_year_is_settled():
    case = make_case(at=shanghai(2026, 12, 30), severity=CRITICAL)
    reading = clocks.read(case, DECISION, at=shanghai(2026, 12, 30))
    assert (reading.due_at, reading.provisional) == (shanghai(2027, 1, 5), True)
    assert not clocks.read(case, FIRST_LOOK, at=shanghai(2026, 12, 30)).provisional
    CalendarYear.objects.filter(pk=2027).update(settled=True, source="№ 7")
    assert not clocks.read(case, DECISION, at=shanghai(2026, 12, 30)).provisional


def test_over_a_turn_of_the_year_that_is_settled_days_off_do_not_count():
    # The first to third of January are off, and Sunday the fourth is worked instead.
    case = make_case(at=shanghai(2025, 12, 31, 9), severity=CRITICAL)
    reading = clocks.read(case, DECISION, at=shanghai(2026, 1, 3, 12))
    assert reading.used == 15 * HOUR, "what was left of New Year's Eve, and nothing since"
    assert (reading.due_at, reading.provisional) == (shanghai(2026, 1, 6, 9), False)
    assert (
        due(case) == clocks.read(case, FIRST_LOOK, at=BEFORE).ran_out_at == shanghai(2026, 1, 4, 9)
    )


def test_it_runs_through_spring_festival_and_is_late_on_a_day_off():
    case = make_case(at=shanghai(2026, 2, 12), severity=CRITICAL)  # Thu, Fri, Sat: three days
    clocks.stop(case, FIRST_LOOK, at=shanghai(2026, 2, 12, 1))
    assert due(case) == shanghai(2026, 2, 15)
    festival = clocks.read(case, DECISION, at=shanghai(2026, 2, 20))
    assert (festival.used, festival.breached) == (3 * DAY, True)
    # Begun on a day off, it counts from the first day worked after the festival.
    late = make_case(at=shanghai(2026, 2, 17, 15), severity=CRITICAL)
    assert clocks.read(late, DECISION, at=shanghai(2026, 2, 23, 23)).used == timedelta()
    assert clocks.read(late, DECISION, at=BEFORE + 30 * DAY).ran_out_at == shanghai(2026, 2, 27)


def test_in_a_year_nobody_entered_it_counts_by_weekdays_and_says_so():
    case = make_case(at=shanghai(2031, 2, 3), severity=CRITICAL)
    reading = clocks.read(case, DECISION, at=shanghai(2031, 2, 3))
    assert (reading.due_at, reading.provisional) == (shanghai(2031, 2, 6), True)


def test_all_clocks_of_a_case_are_read_with_two_queries_however_often_they_paused():
    case = make_case(at=BEFORE)
    for turn in range(1, 6):
        clocks.pause(case, DECISION, at=BEFORE + turn * HOUR, reason="x")
        clocks.resume(case, DECISION, at=BEFORE + turn * HOUR + HOUR / 2, reason="x")
    with CaptureQueriesContext(connection) as asked:
        readings = clocks.readings(case, at=BEFORE + 9 * HOUR)
    assert len(readings) == 2
    assert readings[1].used == 9 * HOUR - 5 * HOUR / 2
    assert len(asked) == 2
