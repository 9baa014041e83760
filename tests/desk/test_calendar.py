"""The working-day calendar at the desk: seen by staff, entered by supervisors, logged."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.admin.models import LogEntry

from common.clock import Now
from common.models import CalendarDay, CalendarYear
from common.work_queues import counts_of, work_queues
from tests.desk.signing_in import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

YEARS = "/admin/common/calendaryear/"
NO_ROWS = {"days-TOTAL_FORMS": "0", "days-INITIAL_FORMS": "0"}
DAYS = "/admin/common/calendarday/"


def settle(*years):
    CalendarYear.objects.filter(pk__in=years).update(settled=True, source="№ 1")


def waiting(clock, moment):
    clock.set(moment)
    return [year.pk for year in CalendarYear.objects.to_look_after(Now())]


def test_it_asks_for_a_year_months_before_deadlines_reach_it(clock):
    assert waiting(clock, datetime(2026, 6, 1, tzinfo=UTC)) == []
    assert waiting(clock, datetime(2026, 11, 3, tzinfo=UTC)) == [2027]
    settle(2027)
    assert waiting(clock, datetime(2026, 11, 3, tzinfo=UTC)) == []
    assert waiting(clock, datetime(2027, 6, 1, tzinfo=UTC)) == []
    # Nobody added 2028: half a year ahead the last year there is asks for the next.
    assert waiting(clock, datetime(2027, 7, 5, tzinfo=UTC)) == [2027]
    assert waiting(clock, datetime(2029, 1, 1, tzinfo=UTC)) == [2027]
    CalendarYear.objects.create(year=2028)
    assert waiting(clock, datetime(2027, 7, 5, tzinfo=UTC)) == []
    assert waiting(clock, datetime(2027, 11, 5, tzinfo=UTC)) == [2028]


def test_the_turn_of_the_year_is_that_of_shanghai(clock):
    settle(2027)
    assert waiting(clock, datetime(2027, 6, 30, 15, 59, tzinfo=UTC)) == []
    assert waiting(clock, datetime(2027, 6, 30, 16, 1, tzinfo=UTC)) == [2027]


@pytest.mark.parametrize("group", ["compliance", "supervisor", "auditor"])
def test_the_side_bar_and_the_list_warn(clock, group):
    clock.set(datetime(2026, 11, 28, tzinfo=UTC))
    member, browser = staff(group)
    queue = work_queues.get("working_day_calendar")
    assert queue.shown_to(member)
    assert counts_of([queue], member) == [1]
    home = browser.get("/admin/").text
    assert "Working-day calendar" in home
    assert YEARS in home
    page = browser.get(YEARS).text
    assert "2027 is not settled" in page
    assert "国办发明电〔2025〕7号" in page


def test_without_anything_to_do_nothing_warns(clock):
    clock.set(datetime(2026, 6, 1, tzinfo=UTC))
    member, browser = staff("compliance")
    assert counts_of([work_queues.get("working_day_calendar")], member) == [0]
    assert "warnnote" not in browser.get(YEARS).text


def enter(browser, **answers):
    """See what it comes to, then confirm exactly that."""
    address = f"{YEARS}acts/enter_days/?pks=2027"
    filled = {
        "first": "2027-02-09",
        "last": "2027-02-11",
        "kind": "holiday",
        "name_zh_hans": "春节",
        "name_en": "Spring Festival",
        "reason": "As announced",
        **answers,
    }
    shown = browser.post(address, filled)
    if shown.status_code != 200:
        return shown
    return browser.post(address, {**filled, "seen": shown.context["seen"]}, follow=True)


def test_a_supervisor_enters_a_holiday_with_its_reason():
    _member, browser = staff("supervisor")
    assert "3 days are entered" in enter(browser).text
    found = CalendarDay.objects.filter(date__range=("2027-02-09", "2027-02-11"))
    assert {(day.kind, day.year_id, day.name_zh_hans) for day in found} == {
        ("holiday", 2027, "春节")
    }
    entry = LogEntry.objects.get(object_id="2027")
    assert "As announced" in entry.change_message
    # Entered once more as something else: replaced, and the edition says so.
    enter(browser, first="2027-02-11", last="", kind="working_day")
    day = CalendarDay.objects.get(pk=date(2027, 2, 11))
    assert (day.kind, day.edition) == ("working_day", 2)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"first": "2027-02-12"}, "comes before the first"),
        ({"last": "2028-01-01"}, "only days of 2027"),
        ({"last": "2027-04-09"}, "more than 31 days"),
    ],
)
def test_slips_are_refused_before_anything_is_written(answers, sentence):
    _member, browser = staff("supervisor")
    assert sentence in enter(browser, **answers).text
    assert not CalendarDay.objects.filter(pk=date(2027, 2, 9)).exists()


def test_a_year_is_settled_by_naming_the_document():
    _member, browser = staff("supervisor")
    address = f"{YEARS}2027/change/"
    form = browser.get(address).context["adminform"].form
    carried = {name: form.initial[name] for name in ("edition_read", "values_read")} | NO_ROWS
    refused = browser.post(address, {**carried, "settled": "on", "source": ""})
    assert "Name the document that settles this year." in refused.text
    browser.post(address, {**carried, "settled": "on", "source": "国办发明电〔2026〕9号"})
    assert CalendarYear.objects.get(pk=2027).settled
    (entry,) = LogEntry.objects.filter(object_id="2027")
    assert "settled: no → yes" in entry.change_message.lower()


def test_a_day_is_corrected_and_the_log_has_both_values():
    _member, browser = staff("supervisor")
    address = f"{DAYS}2026-10-10/change/"
    form = browser.get(address).context["adminform"].form
    answers = {
        **{name: form.initial[name] for name in ("edition_read", "values_read")},
        "kind": "holiday",
        "name_zh_hans": "国庆节",
        "name_en": "National Day",
    }
    assert browser.post(address, answers).status_code == 302
    assert CalendarDay.objects.get(pk=date(2026, 10, 10)).kind == "holiday"
    (entry,) = LogEntry.objects.filter(object_id="2026-10-10")
    assert "working day → day off" in entry.change_message


def test_a_day_needs_its_year():
    _member, browser = staff("supervisor")
    answers = {"date": "2031-10-01", "kind": "holiday", "name_zh_hans": "国庆", "name_en": "x"}
    assert "Add the year 2031" in browser.post(f"{DAYS}add/", answers).text
    assert browser.post(f"{YEARS}add/", {"year": "2031", **NO_ROWS}).status_code == 302
    assert browser.post(f"{DAYS}add/", answers).status_code == 302
    assert CalendarDay.objects.get(pk=date(2031, 10, 1)).year_id == 2031


@pytest.mark.parametrize("group", ["support", "billing", "compliance", "auditor"])
def test_others_change_nothing(group):
    _member, browser = staff(group)
    day = {"kind": "holiday", "name_zh_hans": "x", "name_en": "x"}
    assert browser.post(f"{DAYS}2026-10-10/change/", day).status_code == 403
    assert browser.post(f"{DAYS}add/", {"date": "2027-03-03", **day}).status_code == 403
    assert browser.post(f"{YEARS}2027/change/", {"settled": "on"}).status_code == 403
    assert browser.post(f"{YEARS}add/", {"year": "2031"}).status_code == 403
    assert enter(browser).status_code == 403
    assert CalendarDay.objects.get(pk=date(2026, 10, 10)).kind == "working_day"


def test_nothing_of_it_is_deleted():
    _member, browser = staff(is_superuser=True)
    for address in (f"{DAYS}2026-10-10/delete/", f"{YEARS}2027/delete/"):
        assert browser.post(address, {"post": "yes"}).status_code == 403


def test_a_list_of_days_costs_the_same_however_many(django_assert_max_num_queries):
    _member, browser = staff("supervisor")
    browser.get(DAYS)
    with django_assert_max_num_queries(16):
        assert browser.get(f"{DAYS}?year__year__exact=2026").status_code == 200
    with django_assert_max_num_queries(16):
        assert browser.get(YEARS).status_code == 200
