"""Working days of mainland China: settled years, moments, years that are not known."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import working_days
from common.models import CalendarDay, CalendarYear
from common.working_days import Calendar

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY, HOUR, TICK = timedelta(days=1), timedelta(hours=1), timedelta.resolution

# Written down a second time, from the announcements: (month, day) off and worked.
OFF_2025 = {
    *[(1, 1), (1, 28), (1, 29), (1, 30), (1, 31), (2, 1), (2, 2), (2, 3), (2, 4)],
    *[(4, 4), (4, 5), (4, 6), (5, 1), (5, 2), (5, 3), (5, 4), (5, 5), (5, 31), (6, 1), (6, 2)],
    *[(10, day) for day in range(1, 9)],
}
WORKED_2025 = {(1, 26), (2, 8), (4, 27), (9, 28), (10, 11)}
OFF_2026 = {
    *[(1, 1), (1, 2), (1, 3), *[(2, day) for day in range(15, 24)], (4, 4), (4, 5), (4, 6)],
    *[(5, day) for day in range(1, 6)],
    *[(6, 19), (6, 20), (6, 21), (9, 25), (9, 26), (9, 27), *[(10, d) for d in range(1, 8)]],
}
WORKED_2026 = {(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)}
OFF_2027 = {
    *[(1, 1), (2, 5), (2, 6), (2, 7), (2, 8), (4, 5), (5, 1), (5, 2), (6, 9), (9, 15)],
    *[(10, 1), (10, 2), (10, 3)],
}


def shanghai(*numbers):
    return datetime(*numbers, tzinfo=SHANGHAI)


def days(number):
    return timedelta(days=number)


def worked(since, until):
    return working_days.between(since, until).worked


@pytest.mark.parametrize(
    ("year", "off", "works", "settled"),
    [
        (2025, OFF_2025, WORKED_2025, True),
        (2026, OFF_2026, WORKED_2026, True),
        (2027, OFF_2027, set(), False),
    ],
)
def test_an_installation_begins_with_what_was_announced(year, off, works, settled):
    found = {
        kind: {(one.date.month, one.date.day) for one in CalendarDay.objects.filter(kind=kind)
               if one.date.year == year}
        for kind in CalendarDay.Kind.values
    }  # fmt: skip
    assert found == {"holiday": off, "working_day": works}
    known = CalendarYear.objects.get(pk=year)
    assert (known.settled, bool(known.source)) == (settled, settled)
    assert all(one.provisional != settled for one in known.days.all())
    weekend = [one.date for one in known.days.filter(kind="working_day")]
    assert all(day.weekday() >= 5 for day in weekend)


def test_a_day_lasts_from_midnight_to_midnight_in_shanghai():
    friday = shanghai(2026, 3, 6)
    assert worked(friday, friday + 3 * DAY) == DAY
    assert worked(friday - TICK, friday) == TICK
    assert worked(friday + DAY - TICK, friday + 9 * HOUR + DAY) == TICK
    # The same moments, named in other zones.
    assert (
        worked(friday.astimezone(UTC), (friday + DAY).astimezone(ZoneInfo("America/Lima"))) == DAY
    )
    assert working_days.after(friday, DAY).moment == datetime(2026, 3, 6, 16, tzinfo=UTC)


def test_over_spring_festival_with_the_saturdays_worked_for_it():
    since = shanghai(2026, 2, 13, 9)  # a Friday; Saturday is worked, then nine days off
    assert worked(since, shanghai(2026, 2, 14, 18)) == timedelta(hours=15 + 18)
    assert worked(since, shanghai(2026, 2, 24)) == timedelta(hours=15) + DAY
    assert worked(since, shanghai(2026, 3, 2)) == timedelta(hours=15) + 6 * DAY
    assert working_days.after(since, 3 * DAY).moment == shanghai(2026, 2, 25, 9)
    assert not working_days.after(since, 3 * DAY).provisional


def test_since_a_day_off():
    new_year = shanghai(2026, 2, 17, 12, 0, 0, 1)
    assert worked(new_year, shanghai(2026, 2, 23, 23)) == timedelta()
    assert working_days.after(new_year, timedelta()).moment == new_year
    assert working_days.after(new_year, TICK).moment == shanghai(2026, 2, 24) + TICK
    assert working_days.after(new_year, DAY).moment == shanghai(2026, 2, 25)


def test_over_the_turn_of_the_year():
    since = shanghai(2025, 12, 31, 12)
    assert worked(since, shanghai(2026, 1, 5)) == 12 * HOUR + DAY  # Sunday the 4th is worked
    span = working_days.between(since, shanghai(2026, 1, 5))
    assert not span.provisional


def test_what_reaches_into_a_year_that_is_not_settled_is_provisional():
    last = shanghai(2026, 12, 31, 12)
    assert not working_days.between(last, shanghai(2027, 1, 1)).provisional
    assert working_days.between(last, shanghai(2027, 1, 1) + TICK).provisional
    assert not working_days.after(last, 12 * HOUR).provisional
    ends = working_days.after(last, DAY)
    assert ends.provisional
    assert ends.moment == shanghai(2027, 1, 4, 12)
    CalendarYear.objects.filter(pk=2027).update(settled=True, source="№ 1")
    assert not working_days.after(last, DAY).provisional


@pytest.mark.parametrize("year", [2024, 2028, 2040])
def test_in_a_year_that_is_not_there_weekdays_count_and_nothing_fails(year):
    monday = shanghai(year, 10, 1)
    monday -= DAY * monday.weekday()
    assert working_days.between(monday, monday + 7 * DAY) == working_days.Span(5 * DAY, True)
    assert working_days.after(monday, 5 * DAY) == working_days.Ends(monday + 5 * DAY, True)


def test_of_nothing_nothing_is_provisional():
    moment = shanghai(2040, 1, 1)
    assert working_days.between(moment, moment) == working_days.Span(timedelta(), False)
    assert working_days.after(moment, timedelta()) == working_days.Ends(moment, False)


def test_backwards():
    monday = shanghai(2026, 3, 9, 6)
    assert worked(monday, shanghai(2026, 3, 6, 18)) == -12 * HOUR
    assert working_days.after(monday, -12 * HOUR).moment == shanghai(2026, 3, 6, 18)
    assert working_days.after(shanghai(2026, 3, 9), -HOUR).moment == shanghai(2026, 3, 6, 23)


def test_a_question_takes_one_query_and_the_next_ones_of_a_calendar_none():
    calendar = Calendar()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        calendar.after(shanghai(2025, 12, 20), 30 * DAY)
        calendar.between(shanghai(2026, 1, 1), shanghai(2026, 5, 1))
    assert len(asked) == 1
    with CaptureQueriesContext(connection) as asked:
        working_days.between(shanghai(2025, 3, 1), shanghai(2027, 3, 1))
    assert len(asked) == 1


def test_another_process_counts_with_the_calendar_as_it_is_now():
    monday = shanghai(2026, 3, 9)
    assert worked(monday, monday + DAY) == DAY
    CalendarDay.objects.create(
        date=date(2026, 3, 9), year_id=2026, kind="holiday", name_zh_hans="临时", name_en="Extra"
    )
    assert worked(monday, monday + DAY) == timedelta()


# -- whatever the moments ------------------------------------------------------------------

moments = st.datetimes(
    min_value=datetime(2024, 6, 1), max_value=datetime(2029, 1, 1), timezones=st.just(UTC)
)
spans = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=300))
often = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def calendar(django_db_setup, django_db_blocker):
    """Read once: a question in hundreds would otherwise ask the database."""
    with django_db_blocker.unblock():
        known = Calendar()
        known.between(shanghai(2020, 1, 1), shanghai(2032, 1, 1))
    return known


@often
@given(since=moments, allowed=spans)
def test_after_is_the_inverse_of_between(calendar, since, allowed):
    ends = calendar.after(since, allowed)
    assert calendar.between(since, ends.moment) == working_days.Span(allowed, ends.provisional)
    if allowed:  # and no earlier moment will do
        assert worked_in(calendar, since, ends.moment - TICK) == allowed - TICK
    back = calendar.after(since, -allowed)
    assert calendar.between(since, back.moment) == working_days.Span(-allowed, back.provisional)


@often
@given(since=moments, until=moments)
def test_between_is_the_inverse_of_after_up_to_days_off(calendar, since, until):
    since, until = sorted((since, until))
    again = calendar.after(since, worked_in(calendar, since, until)).moment
    assert again <= until
    assert worked_in(calendar, again, until) == timedelta()


@often
@given(one=moments, two=moments, three=moments)
def test_spans_add_up_in_any_order(calendar, one, two, three):
    assert worked_in(calendar, one, two) + worked_in(calendar, two, three) == worked_in(
        calendar, one, three
    )
    assert worked_in(calendar, one, two) == -worked_in(calendar, two, one)


@often
@given(since=moments, allowed=spans, more=spans)
def test_time_allowed_in_two_parts_ends_when_it_does_in_one(calendar, since, allowed, more):
    first = calendar.after(since, allowed).moment
    assert calendar.after(first, more).moment == calendar.after(since, allowed + more).moment


def worked_in(calendar, since, until):
    return calendar.between(since, until).worked


def minutes_by_looking(since, minutes):
    """How many of the minutes from `since` on lie in working days, looked at one by one."""
    off = {(2025, *one) for one in OFF_2025} | {(2026, *one) for one in OFF_2026}
    off |= {(2027, *one) for one in OFF_2027}
    works = {(2025, *one) for one in WORKED_2025} | {(2026, *one) for one in WORKED_2026}
    counted, minute = 0, since.astimezone(UTC) + timedelta(hours=8)
    for _turn in range(minutes):
        day = (minute.year, minute.month, minute.day)
        counted += day in works or (minute.weekday() < 5 and day not in off)
        minute += timedelta(minutes=1)
    return counted


around = st.sampled_from(
    [
        date(2025, 12, 30),
        date(2026, 2, 12),
        date(2026, 9, 18),
        date(2026, 12, 30),
        date(2027, 4, 30),
    ]
)


@settings(often, max_examples=60)
@given(day=around, begins=st.integers(0, 3 * 1440), minutes=st.integers(0, 16 * 1440))
def test_it_agrees_with_looking_at_every_minute(calendar, day, begins, minutes):
    since = shanghai(day.year, day.month, day.day) + timedelta(minutes=begins)
    until = since + timedelta(minutes=minutes)
    assert worked_in(calendar, since, until) == timedelta(
        minutes=minutes_by_looking(since, minutes)
    )
