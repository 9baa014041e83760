"""One person's whole history on one page, and the live progress of a change."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.clock import now
from notices import histories
from notices.models import Attempt, GateTally, Notice, Reading
from notices.reports import pace, progress_by_phase, rounds
from tests.accounts.making import make_person, make_service
from tests.desk.signing_in import staff
from tests.notices.making import (
    approve,
    make_announced,
    make_customer,
    make_organization,
    plan,
    propose,
    run_jobs,
)

pytestmark = pytest.mark.django_db


def history(person, change=None):
    address = f"/admin/notices/notice/person/{person.public_id}/"
    return f"{address}?change={change.public_id}" if change else address


def test_everything_a_person_was_told_is_on_one_page():
    li, account = make_customer(name="李华")
    first = make_announced(account, title_en="First change")
    make_announced(account, title_en="Second change", service=first.service)
    notice = Notice.objects.filter(expansion__change=first).get()
    Reading.record(notice=notice)
    browser = staff("auditor")[1]
    shown = browser.get(history(li)).text
    for words in ("First change", "Second change", notice.body_id, notice.body.body[:20], ">read<"):
        assert words in shown
    for delivery in notice.deliveries.all():
        assert delivery.address in shown
        assert delivery.body_id in shown
    for attempt in Attempt.objects.all():
        assert str(attempt.pk) in shown
    only = browser.get(history(li, first)).text
    assert "Second change" not in only
    assert browser.get(history(make_person())).text.count("Nothing so far.") == 1


def test_a_history_takes_the_same_statements_however_long():
    li, account = make_customer()
    service = make_announced(account).service

    def statements():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            for one in histories.history_of(li).changes:
                for notice in one.notices:
                    assert [d.attempts.all() for d in notice.deliveries.all()]
        return len(asked)

    few = statements()
    for _ in range(4):
        make_announced(account, service=service)
    assert statements() == few


def test_a_long_history_goes_on(monkeypatch):
    li, account = make_customer()
    service = make_service()
    for _ in range(3):
        make_announced(account, service=service)
    monkeypatch.setattr(histories, "NOTICES_SHOWN", 2)
    first = histories.history_of(li)
    rest = histories.history_of(li, before=first.before)
    assert len(first.changes) == 2
    assert [len(one.notices) for one in rest.changes] == [1]
    assert rest.before is None
    browser = staff("auditor")[1]
    assert f"before={first.before}" in browser.get(history(li)).text
    assert browser.get(f"{history(li)}?before={first.before}").status_code == 200
    for odd in ("?before=x", "?before=-1"):
        assert browser.get(history(li) + odd).status_code == 200
    assert browser.get(f"{history(li)}?change=chg_none").status_code == 404
    assert browser.get("/admin/notices/notice/person/usr_nobody/").status_code == 404


def test_the_history_is_closed_to_those_who_may_not_see_notices():
    li, _account = make_customer()
    assert staff("billing")[1].get(history(li)).status_code == 403


def test_the_history_is_reached_from_recipients_person_and_search():
    li, account = make_customer(name="李华")
    change = make_announced(account)
    browser = staff("support")[1]
    listed = browser.get("/admin/notices/notice/", {"expansion__change__id__exact": change.pk})
    assert history(li, change) in listed.text
    assert str(change) in listed.text
    assert history(li) in browser.get(f"/admin/accounts/user/{li.pk}/change/").text
    for text in ("李华", li.phone):  # an identifier opens the person's own page
        assert history(li) in browser.get("/admin/search/", {"q": text}).text, text


def test_progress_is_shown_live_and_counts_no_deliveries():
    _li, account = make_customer()
    change = plan(account)
    propose(change)
    approve(change)
    browser = staff("support")[1]
    page = f"/admin/notices/servicechange/{change.pk}/"
    assert f'data-live="{page}progress"' in browser.get(f"{page}change/").text
    run_jobs()
    with CaptureQueriesContext(connection) as asked:
        shown = browser.get(f"{page}progress").text
    counting = [q["sql"] for q in asked if 'FROM "notices_delivery"' in q["sql"]]
    assert counting == []
    assert "<html" not in shown
    assert "As of" in shown
    assert "1 of 1 accepted" in shown
    assert "People: 1, accounts named: 1, batches: 1" in shown
    assert browser.post(f"{page}progress").status_code == 405
    assert staff("billing")[1].get(f"{page}progress").status_code == 403


def test_pace_and_time_to_finish():
    _li, account = make_customer()
    change = plan(account)
    propose(change)
    approve(change)
    from notices import delivering, progress

    progress.write_messages()
    phases = progress_by_phase(change)
    assert pace(change, phases, at=now()).waiting == 2
    assert pace(change, phases, at=now()).left is None
    delivering.deliver_batch("sms", at=now())
    at_this_rate = pace(change, progress_by_phase(change), at=now())
    assert (at_this_rate.waiting, at_this_rate.a_minute) == (1, 1)
    assert at_this_rate.left == timedelta(minutes=1)
    [written] = rounds(change)
    assert (written.people, written.accounts, written.done) == (1, 1, True)


def test_many_gates_are_never_reckoned_for_a_page(monkeypatch):
    from notices import standings

    _li, account = make_customer()
    change = make_announced(account)
    GateTally.objects.all().delete()
    monkeypatch.setattr(standings, "LOOKED_AT", 0)
    browser = staff("support")[1]
    for address in ("/admin/", f"/admin/notices/servicechange/{change.pk}/change/"):
        assert browser.get(address).status_code == 200
    assert not GateTally.objects.exists()
    monkeypatch.undo()
    shown = browser.get("/admin/")
    assert shown.status_code == 200
    assert not GateTally.objects.exists()


def test_an_audience_that_came_out_empty_is_a_queue():
    told = make_announced(make_customer()[1])
    empty = make_announced(make_organization(name="Lonely"), title_en="Empty", service=told.service)
    browser = staff("support")[1]
    assert "Empty audiences" in browser.get("/admin/").text
    listed = browser.get("/admin/notices/servicechange/", {"told": "nobody"}).context["cl"]
    assert list(listed.result_list) == [empty]
