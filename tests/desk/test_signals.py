"""What the platform's systems signalled, at the desk: listed, narrowed, read, never changed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ServiceClient
from common.clock import now
from compliance import platform_signals
from compliance.models import Case
from compliance.platform_signals import Observed
from tests.accounts.making import make_account, make_person
from tests.compliance.making import make_policy
from tests.desk.signing_in import staff
from tests.plumbing.english import english_on

pytestmark = pytest.mark.django_db
LIST = "/admin/compliance/platformsignal/"
MEASURED = {"metric": "requests_per_minute", "value": 40_000, "usual": 600}
FOUND = {"signal": "probe-of-internal-ports", "reference": "req_7f3a/2", "count": 412}


def make_client(name):
    return ServiceClient.issue(name=name, scopes=["signals:write"], created_by=make_person())[0]


def make_signal(client, kind="load", account=None, key="k-1"):
    observed = Observed(
        kind=kind,
        account=account or make_account(),
        observed_from=now() - timedelta(minutes=2),
        observed_until=now(),
        measured=[MEASURED],
        evidence=[FOUND],
    )
    signal, _is_new = platform_signals.record(
        observed=observed, client=client, key=key, request_hash="0" * 64, at=now()
    )
    return signal


def page_of(signal):
    return f"{LIST}{signal.pk}/change/"


def listed(browser, **query):
    """The identifiers on the list."""
    page = browser.get(LIST, query)
    assert page.status_code == 200
    return {one.public_id for one in page.context["cl"].result_list}


@pytest.fixture
def signals():
    make_policy()
    south, north = make_client("gateway-south"), make_client("gateway-north")
    make_client("billing-exporter")
    return [make_signal(south), make_signal(north, "attack"), make_signal(north, key="k-2")]


def test_the_list_is_narrowed_by_kind_client_and_time(signals, clock):
    _person, browser = staff("compliance")
    load, attack, other_load = (one.public_id for one in signals)
    north = signals[1].client.pk
    assert listed(browser) == {load, attack, other_load}
    assert listed(browser, kind__exact="attack") == {attack}
    assert listed(browser, client=north) == {attack, other_load}
    assert listed(browser, client=north, kind__exact="load") == {other_load}
    assert listed(browser, since="hour") == {load, attack, other_load}
    assert listed(browser, client="no-number", since="ever") == {load, attack, other_load}
    clock.advance(hours=2)
    assert listed(browser, since="hour") == set()
    assert listed(browser, since="day") == {load, attack, other_load}


def test_only_clients_that_signalled_are_offered(signals):
    _person, browser = staff("compliance")
    page = browser.get(LIST).content.decode()
    assert "gateway-south" in page
    assert "billing-exporter" not in page


def test_one_is_found_by_its_identifier_and_by_its_account(signals):
    _person, browser = staff("compliance")
    first, *_others = signals
    assert listed(browser, q=first.public_id) == {first.public_id}
    assert listed(browser, q=first.account.public_id) == {first.public_id}
    assert listed(browser, q="sig_none") == set()


@pytest.mark.parametrize("group", ["support", "compliance", "supervisor", "auditor"])
def test_those_who_see_cases_read_it_and_nobody_changes_it(signals, group):
    _person, browser = staff(group)
    signal = signals[1]
    page = browser.get(page_of(signal)).content.decode()
    for said in ("requests_per_minute 40,000 (usually 600 at most)", "req_7f3a/2 · × 412", "2.2.7"):
        assert said in page
    assert f'href="/admin/compliance/case/{signal.case_id}/change/"' in page
    assert 'name="_save"' not in page
    for address in (page_of(signal), f"{LIST}add/", f"{LIST}{signal.pk}/delete/"):
        assert browser.post(address, {"kind": "load", "post": "yes"}).status_code == 403
    signal.refresh_from_db()
    assert signal.kind == "attack"


def test_billing_has_no_part_in_it(signals):
    _person, browser = staff("billing")
    assert browser.get(LIST).status_code == 403
    assert browser.get(page_of(signals[0])).status_code == 403
    assert LIST not in browser.get("/admin/").content.decode()


def test_those_of_confidential_cases_are_not_there_without_leave(signals):
    hidden, *others = signals
    Case.objects.filter(pk=hidden.case_id).update(confidential=True)
    _person, browser = staff("compliance")
    assert listed(browser) == {one.public_id for one in others}
    assert listed(browser, q=hidden.public_id) == set()
    nothing = browser.get(f"{LIST}999999/change/")
    answer = browser.get(page_of(hidden))
    assert answer.status_code == nothing.status_code == 302
    _boss, supervisor = staff("supervisor")
    assert hidden.public_id in listed(supervisor)


def test_the_list_takes_as_many_statements_for_more_rows_and_counts_no_end(signals):
    _person, browser = staff("compliance")
    browser.get(LIST)
    with CaptureQueriesContext(connection) as few:
        browser.get(LIST, {"since": "day"})
    for number in range(60):
        make_signal(signals[0].client, account=signals[0].account, key=f"more-{number}")
    with CaptureQueriesContext(connection) as more:
        browser.get(LIST, {"since": "day"})
    counts = [
        one["sql"]
        for one in more
        if "COUNT(" in one["sql"] and 'FROM "compliance_platformsignal"' in one["sql"]
    ]
    assert counts
    assert all("LIMIT 10001" in one for one in counts)
    assert len(more) <= len(few) + len(counts)


def test_nothing_is_left_in_english(signals):
    _person, browser = staff("supervisor", language="zh-hans", name="林若溪")
    data = ("gateway south north requests_per_minute probe-of-internal-ports req", "k-1")
    for address in (LIST, page_of(signals[0])):
        assert english_on(browser.get(address), *data) == set(), address
