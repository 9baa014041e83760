"""Cases at the desk: the queues, the page of one, its acts, and for whom."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.clock import now
from common.models import CalendarYear
from compliance import cases
from compliance.models import Case
from tests.accounts.making import make_account
from tests.compliance.making import open_case
from tests.desk.signing_in import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
LIST = "/admin/compliance/case/"


def do(browser, name, *records, **answers):
    pks = ",".join(str(record.pk) for record in records)
    address = f"{LIST}acts/{name}/" + (f"?pks={pks}" if pks else "")
    page = browser.get(address)
    assert page.status_code == 200
    return browser.post(address, {"seen": page.context["seen"], **answers}, follow=True)


def page_of(case):
    return f"{LIST}{case.pk}/change/"


def test_from_opening_to_closing():
    account = make_account(name="示例")
    officer, browser = staff("compliance")
    shown = do(
        browser,
        "open",
        kind="violation",
        title="Spam",
        account=account.public_id,
        reason="Seen in the logs",
    )
    case = Case.objects.get()
    assert shown.redirect_chain[-1][0] == page_of(case)
    assert "Seen in the logs" in shown.text
    assert shown.context["next_step"][0] == "Take it…"
    do(browser, "claim", case)
    case.refresh_from_db()
    assert case.assignee == officer
    do(browser, "note", case, text="<script>alert(1)</script>")
    page = browser.get(page_of(case))
    assert "<script>alert(1)" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    do(browser, "task", case, title="Call them")
    task = case.tasks.get()
    do(browser, "done", case, tasks=[task.pk])
    do(browser, "close", case, reason="Nothing to it")
    case.refresh_from_db()
    assert case.state == "closed"


def test_opening_it_twice_leads_to_the_first():
    account = make_account()
    case = open_case(account)
    _officer, browser = staff("compliance")
    given = {"kind": "violation", "title": "More", "account": account.public_id, "reason": "Again."}
    shown = do(browser, "open", **given)
    assert "open already" in shown.text
    assert Case.objects.get() == case
    assert case.notes.get().text == "Again."


def test_a_form_that_names_nothing_says_so():
    _officer, browser = staff("compliance")
    page = do(browser, "open", kind="violation", title="x", reason="Because it is so")
    assert "Say what it is about" in page.text
    assert not Case.objects.exists()


def test_many_are_claimed_with_a_result_for_each():
    officer, browser = staff("compliance")
    free, taken = open_case(), open_case()
    colleague, _other = staff("compliance")
    cases.claim(case=taken, by=colleague, at=now())
    page = do(browser, "claim", free, taken)
    assert "works on this case" in page.text
    free.refresh_from_db()
    assert free.assignee == officer


def test_whose_queue_says_what():
    officer, browser = staff("compliance")
    mine = cases.claim(case=open_case(title="Mine"), by=officer, at=now())
    free = open_case(title="Free")
    for held, expected in (("mine", [mine]), ("nobody", [free]), ("open", [mine, free])):
        page = browser.get(f"{LIST}?held={held}")
        assert {one.pk for one in page.context["cl"].result_list} == {one.pk for one in expected}
    for query, expected in (
        ("held=overdue", []),
        (f"q={mine.public_id}", [mine]),
        ("q=Fre", [free]),
    ):
        assert list(browser.get(f"{LIST}?{query}").context["cl"].result_list) == expected


def test_a_confidential_case_is_not_there_for_others():
    case = open_case(confidential=True, title="Minors")
    _officer, browser = staff("compliance")
    assert browser.get(page_of(case)).status_code == 302
    assert "Minors" not in browser.get(LIST).text
    assert "Minors" not in browser.get(f"/admin/search/?q={case.public_id}").text
    _boss, other = staff("supervisor")
    assert other.get(page_of(case)).status_code == 200


NOT_CERTAIN = "The calendar does not know all of these days for certain."


@pytest.mark.parametrize(("year", "settled"), [(2026, True), (2026, False), (2030, None)], ids=str)
def test_days_that_the_calendar_does_not_know_are_said_on_the_page(clock, year, settled):
    clock.set(datetime(year, 12, 27, 9, tzinfo=ZoneInfo("Asia/Shanghai")))
    CalendarYear.objects.filter(pk=2027).update(settled=bool(settled), source="№ 7")
    assert CalendarYear.objects.filter(pk=year + 1).exists() is (settled is not None)
    case = open_case()  # fifteen working days reach into January
    _officer, browser = staff("compliance")
    page = browser.get(page_of(case))
    first_look, decision = page.context["clocks"]
    assert decision["reading"].due_at.year == year + 1
    assert decision["reading"].provisional is not settled
    # The first look is due before the year ends, in days that are known, if there are any.
    assert first_look["reading"].provisional is (settled is None)
    assert page.text.count(NOT_CERTAIN) == {True: 0, False: 1, None: 2}[settled]


@pytest.mark.parametrize("group", ["support", "auditor", "billing"])
def test_who_sees_cases(group):
    case = open_case()
    _person, browser = staff(group)
    status = browser.get(page_of(case)).status_code
    assert status == (403 if group == "billing" else 200)
    may_work = group == "support"
    assert browser.get(f"{LIST}acts/claim/?pks={case.pk}").status_code == (200 if may_work else 403)


def test_figures_are_drawn():
    open_case()
    _officer, browser = staff("compliance")
    page = browser.get(f"{LIST}figures/")
    assert page.text.count("<svg") == 5
    _clerk, other = staff("billing")
    assert other.get(f"{LIST}figures/").status_code == 403


@pytest.mark.parametrize("address", [LIST, f"{LIST}?held=overdue", "page"])
def test_pages_ask_few_statements(address):
    account = make_account()
    officer, browser = staff("compliance")
    case = cases.claim(case=open_case(account), by=officer, at=now())
    for _each in range(20):
        cases.note(case=case, by=officer, text="x")
        open_case()
    address = page_of(case) if address == "page" else address
    browser.get(address)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        browser.get(address)
    assert len(asked) <= 12, "\n".join(one["sql"][:150] for one in asked)
