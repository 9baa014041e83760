"""Planning and acting on changes in the admin, over HTTP."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils.timezone import localtime

from accounts import agreements
from accounts.models import Account, AgreementVersion, Publication
from common.clock import now
from notices.models import Notice, Proposal, ServiceChange
from tests.accounts.making import make_clause, make_service
from tests.desk.signing_in import staff
from tests.notices.making import (
    approve,
    make_announced,
    make_customer,
    make_organization,
    plan,
    propose,
)

pytestmark = pytest.mark.django_db
ADD = "/admin/notices/servicechange/add/"


def page(change):
    return reverse("admin:notices_servicechange_change", args=[change.pk])


def step(name, change):
    return reverse(f"admin:notices_servicechange_{name}") + f"?pks={change.pk}"


def confirm(browser, url, **answers):
    """Opens the step, then confirms what it showed."""
    shown = browser.get(url)
    assert shown.status_code == 200, shown.status_code
    seen = shown.context["seen"]
    return browser.post(url, {"seen": seen, **answers}, follow=True)


@pytest.fixture
def clause():
    clause = make_clause("1.3")
    Publication.record(version=clause.version)
    return clause


def form(clause, *accounts, in_days=5, **fields):
    moment = localtime(now() + timedelta(days=in_days))
    return {
        "kind": "suspension",
        "clause": clause.pk,
        "service": fields.pop("service", None) or make_service().pk,
        "title_zh_hans": "暂停",
        "title_en": "Suspend",
        "reason_zh_hans": "违规",
        "reason_en": "Violations",
        "accounts_chosen": "\n".join(account.public_id for account in accounts),
        "effective_at_0": moment.strftime("%Y-%m-%d"),
        "effective_at_1": moment.strftime("%H:%M:%S"),
        "ends_at_0": "",
        "ends_at_1": "",
        "grounds": "",
        **fields,
    }


def test_planned_proposed_approved(clause):
    person, account = make_customer()
    company = make_organization(person)
    officer, browser = staff("compliance", name="Officer")
    answer = browser.post(ADD, form(clause, account, company), follow=True)
    change = ServiceChange.objects.get()
    assert answer.redirect_chain[-1][0] == page(change)
    assert "Dry run" in answer.text
    assert change.planned_by == officer
    assert set(change.accounts.all()) == {account, company}
    answer = confirm(browser, step("propose", change))
    assert "Somebody else has to approve it now." in answer.text
    assert Proposal.objects.get().proposed_by == officer

    assert browser.get(step("approve", change)).status_code == 403
    _supervisor, other = staff("supervisor")
    answer = confirm(other, step("approve", change))
    assert "People are being told." in answer.text
    change.refresh_from_db()
    assert change.state == "approved"
    assert LogEntry.objects.filter(object_id=str(change.pk), change_message__contains="Approve")


def test_unknown_accounts_are_refused_by_line(clause):
    _person, account = make_customer()
    _officer, browser = staff("compliance")
    wrong = form(clause, account)
    wrong["accounts_chosen"] += "\n\nacc_nobody\n<script>"
    answer = browser.post(ADD, wrong)
    assert "Line 3: there is no account “acc_nobody”." in answer.text
    assert "Line 4" in answer.text
    assert "<script>”" not in answer.text
    assert wrong["reason_en"] in answer.text
    assert not ServiceChange.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"at_once": "on"}, "why prior notice cannot be waited for"),
        ({"ends_at_0": "2020-01-01", "ends_at_1": "00:00:00"}, "end after it begins"),
        ({"accounts_chosen": "acc_x\n" * 5001}, "at most 5000"),
        ({"kind": "unheard of"}, "Select a valid choice"),
    ],
)
def test_a_form_that_cannot_be_right_says_why(clause, fields, sentence):
    _person, account = make_customer()
    _officer, browser = staff("compliance")
    answer = browser.post(ADD, form(clause, account, **fields))
    assert sentence in answer.text
    assert not ServiceChange.objects.exists()


def test_a_severed_clause_cannot_be_chosen(clause):
    officer, browser = staff("compliance")
    other = make_clause("1.4")
    agreements.sever(clause=clause, severed_by=officer, reason="Void by a court")
    choices = (
        browser.get(ADD, {"kind": "suspension"}).context["adminform"].form.fields["clause"].queryset
    )
    assert list(choices) == [other]
    assert AgreementVersion.objects.count() == 1


def test_accounts_chosen_elsewhere_are_filled_in(clause):
    _person, account = make_customer()
    _officer, browser = staff("compliance")
    answer = browser.get(ADD, {"kind": "suspension", "accounts": f"{account.public_id},acc_two"})
    assert f"{account.public_id}\nacc_two" in answer.text


def test_planned_from_the_list_of_accounts(clause):
    person, account = make_customer()
    company = make_organization(person)
    _officer, browser = staff("compliance")
    ticked = {"action": "plan_change", "index": 0, "_selected_action": [account.pk, company.pk]}
    answer = browser.post("/admin/accounts/account/", ticked, follow=True)
    [suspension] = [url for kind, _, url in answer.context["offers"] if kind.name == "suspension"]
    answer = browser.get(ADD + suspension)
    assert f"{account.public_id}\n{company.public_id}" in answer.text
    _member, support = staff("support")
    assert "plan_change" not in support.get("/admin/accounts/account/").text


def test_too_many_accounts_are_not_put_into_an_address(clause):
    for number in range(101):
        make_organization(name=f"O{number}")
    _officer, browser = staff("compliance")
    everybody = Account.objects.values_list("pk", flat=True)
    ticked = {"action": "plan_change", "index": 0, "_selected_action": list(everybody)}
    answer = browser.post("/admin/accounts/account/", ticked, follow=True)
    assert "Select at most 100 records at once." in answer.text


def test_a_draft_is_edited_and_its_accounts_replaced(clause):
    person, account = make_customer()
    company = make_organization(person)
    _officer, browser = staff("compliance")
    change = plan(account)
    fields = browser.get(page(change)).context["adminform"].form
    edited = form(clause, company, service=change.service_id)
    edited |= {name: fields[name].value() for name in ("edition_read", "values_read")}
    answer = browser.post(page(change), edited, follow=True)
    assert "Saved. Look at the dry run again." in answer.text
    assert list(change.accounts.all()) == [company]


def test_a_form_opened_before_the_proposal_is_not_written(clause):
    _person, account = make_customer()
    _officer, browser = staff("compliance")
    change = plan(account)
    propose(change)
    answer = browser.post(
        page(change), form(clause, account, service=change.service_id), follow=True
    )
    assert "Nothing you typed was written." in answer.text
    change.refresh_from_db()
    assert change.reason_en == "Repeated violations"


def test_a_proposed_change_is_read_only_and_shows_the_dry_run():
    _person, account = make_customer(name="李华")
    change = plan(account)
    propose(change)
    _supervisor, browser = staff("supervisor")
    answer = browser.get(page(change), {"sample": account.holder.public_id})
    assert "What 李华 would get" in answer.text
    assert 'name="_save"' not in answer.text
    assert "Approve…" in answer.text


@pytest.mark.parametrize(("group", "sees"), [("support", 200), ("auditor", 200), ("billing", 403)])
def test_others_look_at_most(group, sees):
    _person, account = make_customer()
    change = plan(account)
    propose(change)
    _member, browser = staff(group)
    assert browser.get(ADD).status_code == 403
    assert browser.get(page(change)).status_code == sees
    for act in ("propose", "approve", "reject", "revise", "withdraw", "lift"):
        assert browser.get(step(act, change)).status_code == 403


def test_acts_need_a_recent_proof():
    _person, account = make_customer()
    change = plan(account)
    propose(change)
    _supervisor, browser = staff("supervisor", ago=3 * 3600)
    answer = browser.get(step("approve", change))
    assert answer.status_code == 302
    change.refresh_from_db()
    assert change.state == "proposed"


def test_rejected_revised_withdrawn():
    _person, account = make_customer()
    change = plan(account)
    propose(change)
    _supervisor, browser = staff("supervisor")
    confirm(browser, step("reject", change), reason="Wrong clause")
    change.refresh_from_db()
    assert change.state == "draft"
    propose(change)
    _officer, officer = staff("compliance")
    confirm(officer, step("revise", change))
    change.refresh_from_db()
    assert change.state == "draft"
    confirm(officer, step("withdraw", change), reason="Not needed any more")
    change.refresh_from_db()
    assert change.state == "withdrawn"
    assert not Notice.objects.exists()


def test_lifted_from_its_page(clock):
    from notices import progress

    _person, account = make_customer()
    change = make_announced(account)
    clock.advance(days=6)
    progress.take_effect_all(at=now())
    _officer, browser = staff("compliance")
    answer = browser.get(step("lift", change))
    assert "1 account gets its access back at once" in answer.text
    confirm(browser, step("lift", change), reason="Put right")
    change.refresh_from_db()
    assert change.state == "lifted"


def test_a_change_whose_term_ran_out_is_over(clock):
    from notices import progress

    _person, account = make_customer()
    make_announced(account, ends_at=now() + timedelta(days=7))
    clock.advance(days=6)
    progress.take_effect_all(at=now())
    _auditor, browser = staff("auditor")
    assert ">in effect</span>" in browser.get("/admin/notices/servicechange/").text
    clock.advance(days=2)
    assert ">over</span>" in browser.get("/admin/notices/servicechange/").text


def test_a_state_that_moved_on_is_reported_not_crashed():
    _person, account = make_customer()
    change = plan(account)
    propose(change)
    _supervisor, browser = staff("supervisor")
    url = step("approve", change)
    seen = browser.get(url).context["seen"]
    approve(change)
    answer = browser.post(url, {"seen": seen}, follow=True)
    assert answer.status_code == 200
    assert "Not waiting for approval." in answer.text


def test_not_ready_says_everything_in_the_preview():
    change = plan(in_days=1)
    _officer, browser = staff("compliance")
    answer = browser.get(step("propose", change))
    assert "Not ready:" in answer.text
    assert "Choose at least one account." in answer.text


def test_a_change_at_once_shows_its_grounds():
    _person, account = make_customer()
    change = plan(account, at_once=True, grounds="Account in other hands", in_days=0)
    _officer, browser = staff("compliance")
    assert "Grounds: Account in other hands" in browser.get(step("propose", change)).text


def test_lists_and_records_of_what_was_told():
    person, account = make_customer(name="李华")
    change = make_announced(account)
    _auditor, browser = staff("auditor")
    notice = Notice.objects.get()
    delivery = notice.deliveries.get(channel="sms")
    attempt = delivery.attempts.get()
    found = browser.get(
        "/admin/notices/notice/", {"expansion__change__id__exact": change.pk, "q": person.phone}
    )
    assert notice.body.subject in found.text
    for term in (person.phone[-6:], str(attempt.pk), "lihua@"):
        assert browser.get("/admin/notices/delivery/", {"q": term}).status_code == 200
    record = browser.get(f"/admin/notices/delivery/{delivery.pk}/change/")
    assert str(attempt.pk) in record.text
    assert "accepted" in record.text
    record = browser.get(f"/admin/notices/notice/{notice.pk}/change/")
    assert notice.body_id in record.text
    announcement = change.expansions.get().announcement
    record = browser.get(f"/admin/notices/announcement/{announcement.pk}/change/")
    assert "部分账号" in record.text
    template = notice.template
    assert browser.get(f"/admin/notices/template/{template.pk}/change/").status_code == 200
    listed = browser.get(
        "/admin/notices/delivery/", {"notice__expansion__change__id__exact": change.pk}
    )
    assert "138****" in listed.text
    assert person.phone not in listed.text


def test_the_search_box_finds_changes_notices_and_attempts():
    _person, account = make_customer()
    change = make_announced(account)
    notice = Notice.objects.get()
    attempt = notice.deliveries.get(channel="sms").attempts.get()
    _member, browser = staff("support")
    for text in ("image gen", change.public_id, notice.public_id, str(attempt.pk)):
        answer = browser.get("/admin/search/", {"q": text}, follow=True)
        assert answer.status_code == 200
        shown = answer.text
        assert change.title_en in shown or notice.body.subject in shown, text
    assert browser.get("/admin/search/", {"q": "x" * 36}).status_code == 200
