"""Accounts of a change and gates at risk in the admin: lists, acts on hundreds, bounces."""

from datetime import timedelta

import pytest

from accounts import access
from accounts.models import Account
from common.clock import now
from notices import progress
from notices.models import Bounce, Delivery, Exemption, Failure, GateAtRisk, ServiceChange
from notices.standings import reckon
from tests.accounts.making import make_service
from tests.desk.signing_in import staff
from tests.notices.making import make_announced, make_customer, make_organization, run_jobs

pytestmark = pytest.mark.django_db
RISKS = "/admin/notices/gateatrisk/"
CONCERNED = "/admin/notices/concernedaccount/"


def confirm(browser, url, **answers):
    """Opens an act's page, then confirms what it showed."""
    shown = browser.get(url, follow=True)
    assert shown.status_code == 200
    address = shown.redirect_chain[-1][0] if shown.redirect_chain else url
    return browser.post(address, {"seen": shown.context["seen"], **answers}, follow=True)


def start(browser, url, action, records, **query):
    """Ticks records in a list and starts an act on them; the act's address."""
    ticked = {"action": action, "index": 0, "_selected_action": [one.pk for one in records]}
    answer = browser.post(url, ticked, query_params=query)
    assert answer.status_code == 302, answer.text
    return answer["Location"]


def put_off(moment):
    return {
        "until_0": moment.strftime("%Y-%m-%d"),
        "until_1": moment.strftime("%H:%M:%S"),
        "reason": "They asked for more time",
    }


@pytest.fixture
def at_risk():
    """An announced change with two accounts nobody can be told for, one told in time."""
    _li, told = make_customer(name="李华")
    lonely = [make_organization(name=f"Lonely {number}") for number in range(2)]
    change = make_announced(told, *lonely)
    reckon(change, at=now())
    return change, told, lonely


def test_gates_at_risk_are_listed_filtered_and_found(at_risk):
    change, told, lonely = at_risk
    browser = staff("support")[1]
    shown = browser.get(RISKS, {"change__id__exact": change.pk}).text
    assert all(account.name in shown for account in lonely)
    assert told.name not in shown.split("result_list")[1]
    assert "nobody to tell" in shown
    assert browser.get(RISKS, {"cause__exact": "late"}).context["cl"].result_list == []
    found = browser.get(RISKS, {"q": lonely[0].public_id}).context["cl"].result_list
    assert [one.account for one in found] == [lonely[0]]
    risk = GateAtRisk.objects.get(account=lonely[0])
    page = browser.get(f"{RISKS}{risk.pk}/change/").text
    assert "its gate stays closed" in page
    assert "7 whole days" in page or "3 whole days" in page


def test_put_off_for_some_says_so_for_each(at_risk):
    change, _told, lonely = at_risk
    browser = staff("supervisor")[1]
    risks = list(GateAtRisk.objects.order_by("pk"))
    url = start(browser, RISKS, "postpone", risks)
    shown = browser.get(url).text
    assert "put off to the moment its own gate opens" in shown
    answer = confirm(browser, url, **put_off(change.effective_at + timedelta(days=9)))
    assert "2 of 2 done." in answer.text
    postponement = change.postponements.get()
    assert set(postponement.accounts.all()) == set(lonely)
    assert not postponement.everybody


def test_left_out_one_that_cannot_be_does_not_undo_the_others(at_risk, clock):
    change, told, lonely = at_risk
    clock.set(change.effective_at)
    progress.take_effect_all(at=now())
    change.refresh_from_db()
    assert change.state == "taking_effect"
    browser = staff("compliance")[1]
    url = start(
        browser, CONCERNED, "leave_out", change.concerned.all(), change__id__exact=change.pk
    )
    answer = confirm(browser, url, reason="Out of business")
    assert "2 of 3 done." in answer.text
    assert "feels the change already" in answer.text
    assert set(Exemption.objects.values_list("account", flat=True)) == {a.pk for a in lonely}
    assert told.pk not in Exemption.objects.values_list("account", flat=True)
    page = browser.get(f"/admin/notices/servicechange/{change.pk}/change/").text
    assert "left out by" in page
    listed = browser.get(CONCERNED, {"change__id__exact": change.pk}).text
    assert listed.count(">left out</span>") == 2
    assert ">feels it</span>" in listed


def test_hundreds_are_acted_on_in_one_go(at_risk):
    change, _told, _lonely = at_risk
    Account.objects.bulk_create(
        Account(kind="organization", name=f"M{number}", public_id=f"acc_many{number:04}")
        for number in range(300)
    )
    many = Account.objects.filter(name__startswith="M")
    more = make_announced(*many, in_days=6, service=change.service)
    reckon(more, at=now())
    browser = staff("compliance")[1]
    risks = GateAtRisk.objects.filter(change=more)
    url = start(browser, RISKS, "leave_out", risks)
    assert "kept=" in url
    assert len(url) < 200
    answer = confirm(browser, url, reason="Out of business")
    assert "300 of 300 done." in answer.text
    assert more.exemptions.count() == 300
    assert change.exemptions.count() == 0
    assert more.expansions.filter(phase="withdrawn").count() == 1


def test_sent_again_to_those_that_failed(at_risk):
    change, told, lonely = at_risk
    delivery = Delivery.objects.get(channel="sms")
    Delivery.objects.filter(pk=delivery.pk).update(state="failed")
    browser = staff("compliance")[1]
    url = start(browser, CONCERNED, "send_again", change.concerned.all())
    answer = confirm(browser, url, reason="The carrier was away")
    assert "1 message goes out." in answer.text
    assert answer.text.count("no address failed or waits") == len(lonely)
    delivery.refresh_from_db()
    assert delivery.state == "retrying"
    assert told


def test_lifted_for_these_only(clock):
    _li, own = make_customer()
    company = make_organization(_li)
    service = make_service("image-generation")
    change = make_announced(own, company, service=service)
    clock.set(change.effective_at)
    progress.take_effect_all(at=now())
    browser = staff("compliance")[1]
    one = change.concerned.get(account=company)
    answer = confirm(
        browser, start(browser, CONCERNED, "lift_for", [one]), reason="Put right by them"
    )
    assert "Lifted." in answer.text
    assert access.decide(account=company, service=service, at=now()).allowed
    assert not access.decide(account=own, service=service, at=now()).allowed
    listed = browser.get(CONCERNED, {"change__id__exact": change.pk}).text
    assert ">lifted</span>" in listed


@pytest.mark.parametrize(
    ("group", "acts"),
    [
        ("support", {"send_again"}),
        ("compliance", {"postpone", "leave_out", "send_again"}),
        ("supervisor", {"postpone", "leave_out", "send_again"}),
        ("auditor", set()),
    ],
)
def test_who_may_do_what_about_risks(at_risk, group, acts):
    browser = staff(group)[1]
    risk = GateAtRisk.objects.order_by("pk")[0]
    for name in ("postpone", "leave_out", "send_again"):
        answer = browser.get(f"{RISKS}acts/{name}/?pks={risk.pk}")
        assert answer.status_code == (200 if name in acts else 403), name


def test_a_bounce_is_recorded_and_judged_anew():
    _li, account = make_customer(name="李华")
    change = make_announced(account)
    delivery = Delivery.objects.get(channel="email")
    person, browser = staff("support", name="Helper")
    page = f"/admin/notices/delivery/{delivery.pk}/change/"
    assert "Record a bounce…" in browser.get(page).text
    url = f"/admin/notices/delivery/acts/record_bounce/?pks={delivery.pk}"
    confirm(browser, url, reason="Mailbox is full, says their server")
    bounce = Bounce.objects.get()
    assert bounce.reported_by == person
    assert Failure.objects.get(delivery=delivery).cause == "bounced"
    assert "Record a bounce…" not in browser.get(page).text
    auditor = staff("auditor")[1]
    assert auditor.get(url).status_code == 403
    history = auditor.get(f"/admin/notices/notice/person/{account.holder.public_id}/").text
    assert "Mailbox is full" in history
    assert "came back" in history
    assert change


def test_postponed_for_everybody_from_its_page():
    _li, account = make_customer()
    change = make_announced(account)
    browser = staff("compliance")[1]
    url = f"/admin/notices/servicechange/acts/postpone/?pks={change.pk}"
    early = put_off(change.effective_at - timedelta(days=1))
    assert "later than the one that is planned now" in confirm(browser, url, **early).text
    confirm(browser, url, **put_off(change.effective_at + timedelta(days=2)))
    change.refresh_from_db()
    assert change.postponed_until > change.effective_at
    run_jobs()
    assert "postponed" in browser.get(f"/admin/notices/servicechange/{change.pk}/change/").text


def test_the_queue_of_risks_is_counted_for_those_who_act(at_risk):
    browser = staff("support")[1]
    assert "Gates at risk" in browser.get("/admin/").text
    assert ServiceChange.objects.count() == 1
