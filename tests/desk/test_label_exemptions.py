"""Label exemptions at the desk: proposed by one, granted by another, declined, revoked (3.6.2)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import work_queues
from accounts.models import LabelApplication, LabelExemption
from common.clock import local_day, now
from tests.accounts.exempting import ask, exempt, propose
from tests.accounts.making import make_account, make_service
from tests.compliance.making import open_case
from tests.desk.signing_in import staff
from tests.desk.test_severe_acts import seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

APPLICATIONS = "/admin/accounts/labelapplication/"
EXEMPTIONS = "/admin/accounts/labelexemption/"


@pytest.fixture
def application():
    return ask(make_account(name="Harbour"), make_service())


def act(browser, at, record, name, **answers):
    address = f"{at}acts/{name}/?pks={record.pk}"
    return browser.post(address, {"seen": seen(browser, address), **answers}, follow=True)


def day(days):
    return local_day(now(), "Asia/Shanghai") + timedelta(days=days)


def test_by_two_and_never_by_one(application):
    first, browser = staff("compliance")
    _second, other = staff("supervisor")
    preview = browser.get(f"{APPLICATIONS}acts/propose/?pks={application.pk}").text
    assert "Film subtitles" in preview
    assert "Image generation" in preview
    act(browser, APPLICATIONS, application, "propose", last_day=day(90), reason="Looked at it",
        case_reference="SC-2026-0001")  # fmt: skip
    assert application.proposals.get().proposed_by == first
    assert browser.get(f"{APPLICATIONS}acts/approve/?pks={application.pk}").status_code == 403

    assert "Looked at it" in other.get(f"{APPLICATIONS}acts/approve/?pks={application.pk}").text
    act(other, APPLICATIONS, application, "approve", reason="Agreed to")
    [granted] = LabelExemption.objects.all()
    assert granted.last_day == day(90)
    page = other.get(reverse("admin:accounts_labelapplication_change", args=[application.pk])).text
    assert str(granted.last_day) in page
    assert "Declare it as AI-generated" in page
    assert "q=SC-2026-0001" in page
    page = other.get(reverse("admin:accounts_labelexemption_change", args=[granted.pk])).text
    assert application.public_id in page


def test_a_supervisor_does_not_grant_what_they_proposed(application):
    _person, browser = staff("supervisor")
    act(browser, APPLICATIONS, application, "propose", last_day=day(9), reason="Looked at it")
    answer = act(browser, APPLICATIONS, application, "approve", reason="Agreed to")
    assert "proposed themselves" in answer.text
    assert not LabelExemption.objects.exists()


@pytest.mark.parametrize("last_day", ["", "x", "2026-13-01", "9999-12-31", "2020-01-01"])
def test_a_day_that_will_not_do_is_told(application, last_day):
    _person, browser = staff("compliance")
    answer = act(browser, APPLICATIONS, application, "propose", last_day=last_day,
                 reason="Looked at it")  # fmt: skip
    assert answer.status_code == 200
    assert not application.proposals.exists()


def test_something_else_proposed_meanwhile_is_shown_first(application):
    propose(application, days=9)
    _person, browser = staff("supervisor")
    address = f"{APPLICATIONS}acts/approve/?pks={application.pk}"
    shown = seen(browser, address)
    propose(application, days=300)
    browser.post(address, {"seen": shown, "reason": "Agreed to"}, follow=True)
    assert not LabelExemption.objects.exists()


def test_declined_with_a_reason_in_both_languages(application):
    _person, browser = staff("compliance")
    answers = {"reason_zh_hans": "范围过大", "reason_en": ""}
    act(browser, APPLICATIONS, application, "decline", **answers)
    assert LabelApplication.objects.open().exists()
    act(browser, APPLICATIONS, application, "decline", **{**answers, "reason_en": "Too wide"})
    assert application.end.reason_zh_hans == "范围过大"


def test_revoked_at_once_by_one_under_a_clause_and_from_a_case():
    [granted] = exempt(make_account())
    _person, browser = staff("compliance")
    address = f"{EXEMPTIONS}acts/revoke/?pks={granted.pk}&case=SC-2026-0002"
    form = browser.get(address).text
    assert 'value="SC-2026-0002"' in form
    other_clause = granted.proposal.application.undertakings.get(clause__number="3.6.2(c)").clause
    answers = {
        "clause": other_clause.pk,
        "case_reference": "SC-2026-0002",
        "reason_zh_hans": "未声明",
        "reason_en": "Not declared",
    }
    browser.post(address, {"seen": seen(browser, address), **answers}, follow=True)

    granted = LabelExemption.objects.get()
    assert (granted.end.kind, granted.end.clause) == ("revoked", other_clause)
    assert granted.end.case_reference == "SC-2026-0002"
    page = browser.get(reverse("admin:accounts_labelexemption_change", args=[granted.pk])).text
    assert "Not declared" in page
    assert "revoke/?pks" not in page


@pytest.mark.parametrize(
    ("group", "may"),
    [
        ("compliance", {"propose", "decline", "revoke"}),
        ("supervisor", {"propose", "decline", "approve", "revoke"}),
        ("support", set()),
        ("billing", set()),
        ("auditor", set()),
    ],
)
def test_who_may_do_what(application, group, may):
    [granted] = exempt(make_account())
    _person, browser = staff(group)
    allowed = set()
    for at, record, name in [
        (APPLICATIONS, application, "propose"),
        (APPLICATIONS, application, "decline"),
        (APPLICATIONS, application, "approve"),
        (EXEMPTIONS, granted, "revoke"),
    ]:
        answer = browser.get(f"{at}acts/{name}/?pks={record.pk}")
        assert answer.status_code in (200, 403)
        allowed |= {name} if answer.status_code == 200 else set()
    assert allowed == may
    assert browser.get(APPLICATIONS).status_code == 200
    assert browser.get(f"{EXEMPTIONS}{granted.pk}/change/").status_code == 200


def test_queues_count_what_waits_for_whom(application):
    person, browser = staff("supervisor")
    count = {queue.name: queue.count for queue in work_queues.QUEUES if queue.count}
    assert count["labels_to_propose"](person, now()).count() == 1
    act(browser, APPLICATIONS, application, "propose", last_day=day(9), reason="Looked at it")
    assert count["labels_to_propose"](person, now()).count() == 0
    # Who proposed it does not approve it.
    assert count["labels_to_approve"](person, now()).count() == 0
    other, _browser = staff("supervisor")
    assert count["labels_to_approve"](other, now()).count() == 1
    # A later proposal of somebody else's is theirs to approve.
    propose(application, by=other)
    assert count["labels_to_approve"](person, now()).count() == 1
    assert count["labels_to_approve"](other, now()).count() == 0


def test_lists_are_filtered():
    [granted] = exempt(make_account(), days=10)
    _person, browser = staff("auditor")
    for standing in ("to_propose", "to_approve", "open", "x"):
        assert browser.get(f"{APPLICATIONS}?standing={standing}").status_code == 200
    for standing, there in (("standing", True), ("soon", True), ("revoked", False)):
        page = browser.get(f"{EXEMPTIONS}?standing={standing}").text
        assert (granted.public_id in page) is there


def test_the_page_of_a_case_leads_to_revoking_and_names_the_case():
    [granted] = exempt(make_account())
    case = open_case(granted.account)
    _person, browser = staff("compliance")
    address = reverse("admin:compliance_case_change", args=[case.pk])
    page = browser.get(address).text
    assert f"revoke/?pks={granted.pk}&amp;case={case.public_id}" in page
    assert str(granted.last_day) in page
    _auditor, reading = staff("auditor")
    assert "revoke/?pks" not in reading.get(address).text


def test_what_a_customer_quotes_is_found():
    [granted] = exempt(make_account(name="Harbour"))
    _person, browser = staff("support")
    for quoted in (granted.public_id, granted.proposal.application.public_id):
        page = browser.get(reverse("admin:search"), {"q": quoted}, follow=True).text
        assert quoted in page
        assert "Harbour" in page
