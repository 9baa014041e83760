"""Decisions and appeals at the desk: proposed by the form, approved by somebody else only."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Permit, ServiceClient
from common.clock import now
from compliance import appeals, cases
from compliance.models import AppealDecision, Case, Decision, DecisionApproval, DecisionRejection
from notices.models import ServiceChange
from tests.accounts.making import make_account, make_key, make_person
from tests.api.test_api_is_closed import views
from tests.compliance.deciding import AT_ONCE, FINDINGS, decide, make_policy, propose
from tests.compliance.making import case_of
from tests.desk.signing_in import staff
from tests.desk.test_severe_acts import do, seen

pytestmark = pytest.mark.django_db

APPROVE = "/admin/compliance/decision/acts/approve/"
SEND_BACK = "/admin/compliance/decision/acts/send_back/"
DECIDE = "/admin/compliance/case/acts/decide/"
ANSWER = "/admin/compliance/appeal/acts/answer/"


def filled(policy, account, **more):
    return {
        "account": account.pk,
        "policy": policy.pk,
        "action": "suspension",
        "what": "",
        **vars(FINDINGS),
        **more,
    }


def test_what_it_comes_to_is_shown_before_it_is_proposed():
    officer, client = staff("compliance")
    account = make_account()
    make_key(account)
    case, policy = case_of(officer, account), make_policy()
    address = f"{DECIDE}?pks={case.pk}"
    answers = filled(policy, account, days=5)
    first = client.post(address, {**answers, "seen": seen(client, address)})
    page = first.content.decode()
    assert "Keys concerned" in page
    assert "and every key made later" in page
    assert not Decision.objects.exists()
    again = first.context["seen"]
    done = client.post(address, {**answers, "seen": again})
    decision = Decision.objects.get()
    assert done.headers["Location"] == reverse(
        "admin:compliance_decision_change", args=[decision.pk]
    )
    assert (decision.proposed_by, decision.days) == (officer, 5)
    assert Case.objects.get(pk=case.pk).state == "proposed"
    # The page of the case tells of it, and of what would be next.
    page = client.get(f"/admin/compliance/case/{case.pk}/change/").content.decode()
    assert "to approve" in page


def test_the_usual_term_of_the_policy_is_filled_in_and_can_be_changed():
    officer, client = staff("compliance")
    account = make_account()
    policy = make_policy(actions=("suspension", "warning"), days=30)
    case = case_of(officer, account, policy=policy)
    address = f"{DECIDE}?pks={case.pk}"
    page = client.get(address)
    assert page.context["form"]["days"].value() == 30
    assert page.context["form"]["action"].value() == "suspension"
    answers = filled(policy, account, days=12)
    shown = client.post(address, {**answers, "seen": seen(client, address)})
    assert "suspension for 30 days" in shown.content.decode()
    client.post(address, {**answers, "seen": shown.context["seen"]})
    assert Decision.objects.get().days == 12


def test_the_form_says_when_the_one_before_cannot_be_lifted_at_once():
    officer, client = staff("compliance")
    account, policy = make_account(), make_policy()
    before = decide(account, by=officer, policy=policy, days=5, **AT_ONCE)
    cases.reopen(case=before.case, by=officer, reason="New facts", at=now())
    address = f"{DECIDE}?pks={before.case_id}"
    answers = filled(policy, account, supersedes=before.pk, lifts_at_once="on")
    for days, words in ((9, "Only a milder decision"), (3, "Keys concerned")):
        page = client.post(address, {**answers, "days": days, "seen": seen(client, address)})
        assert words in page.content.decode()
    client.post(address, {**answers, "days": 3, "seen": page.context["seen"]})
    after = Decision.objects.get(supersedes=before)
    assert after.lifts_at_once
    _supervisor, theirs = staff("supervisor")
    page = theirs.get(f"{APPROVE}?pks={after.pk}").content.decode()
    assert f"It takes the place of {before.public_id}, whose effect is lifted at once." in page


def test_measures_that_do_not_fit_are_refused_by_the_form():
    officer, client = staff("compliance")
    account = make_account()
    case, policy = case_of(officer, account), make_policy()
    address = f"{DECIDE}?pks={case.pk}"
    answers = filled(policy, account, action="rate_limit")
    page = client.post(address, {**answers, "seen": seen(client, address)}).content.decode()
    assert "at least one limit" in page
    assert not Decision.objects.exists()


def test_a_second_person_approves():
    decision = propose(make_account())
    _supervisor, client = staff("supervisor")
    do(client, f"{APPROVE}?pks={decision.pk}")
    assert DecisionApproval.objects.get().decision == decision
    page = client.get(f"/admin/compliance/decision/{decision.pk}/change/").content.decode()
    assert "approved" in page
    pdf = client.get(f"/admin/compliance/decision/{decision.pk}/statement.pdf")
    assert pdf.content == bytes(decision.statements.get(language="en").pdf)


@pytest.mark.parametrize("superuser", [False, True])
def test_the_proposer_is_refused_every_way(superuser):
    proposer, client = staff("supervisor", "compliance", is_superuser=superuser)
    decision = propose(make_account(), by=proposer)
    # By the page of the act …
    page = do(client, f"{APPROVE}?pks={decision.pk}")
    assert not DecisionApproval.objects.exists()
    assert "somebody else has to approve" in page.content.decode() + _followed(client, page)
    # … on a selection …
    chosen = client.post(
        "/admin/compliance/decision/",
        {"action": "approve", "_selected_action": [decision.pk]},
    )
    do(client, chosen.headers["Location"])
    # … by a crafted POST, with what another person saw …
    other, other_client = staff("supervisor")
    token = seen(other_client, f"{APPROVE}?pks={decision.pk}")
    client.post(f"{APPROVE}?pks={decision.pk}", {"seen": token, "approved_by": other.pk})
    # … and by writing an approval, for which there is no page.
    client.post(
        "/admin/compliance/decisionapproval/add/",
        {"decision": decision.pk, "approved_by": other.pk, "digest": decision.digest},
    )
    assert not DecisionApproval.objects.exists()
    assert not ServiceChange.objects.exists()
    assert not Permit.objects.exists()
    assert Case.objects.get(pk=decision.case_id).state == "proposed"


def _followed(client, answer):
    if answer.status_code != 302:
        return ""
    return client.get(answer.headers["Location"]).content.decode()


@pytest.mark.parametrize("address", sorted(address for address, _view in views()))
def test_no_address_of_the_api_decides_anything(address):
    """Not for a session of staff, nor for a client that may do everything there is."""
    proposer, client = staff("supervisor", "compliance", is_superuser=True)
    decision = propose(make_account(), by=proposer)
    _client, token = ServiceClient.issue(
        name="Everything", scopes=ServiceClient.Scope.values, created_by=proposer
    )
    assert "decision" not in address
    address = "/" + re.sub(r"<[^>]+>", decision.public_id, address)
    asked = {"decision": decision.public_id, "act": "approve", "approved_by": proposer.public_id}
    for browser, proof in ((client, {}), (Client(), {"Authorization": f"Bearer {token}"})):
        browser.post(address, asked, content_type="application/json", headers=proof)
    assert not DecisionApproval.objects.exists()
    assert Case.objects.get(pk=decision.case_id).state == "proposed"


def test_of_two_who_both_saw_it_waiting_the_second_is_told():
    decision = propose(make_account())
    _one, first = staff("supervisor")
    _another, second = staff("supervisor")
    address = f"{APPROVE}?pks={decision.pk}"
    tokens = seen(first, address), seen(second, address)
    first.post(address, {"seen": tokens[0]})
    refused = second.post(address, {"seen": tokens[1]})
    said = refused.content.decode() + _followed(second, refused)
    assert "Decided already" in said or "does not wait any more" in said
    assert DecisionApproval.objects.count() == ServiceChange.objects.count() == 1


def test_who_lost_their_group_since_they_saw_it_does_not_approve():
    decision = propose(make_account())
    supervisor, client = staff("supervisor")
    address = f"{APPROVE}?pks={decision.pk}"
    token = seen(client, address)
    supervisor.groups.clear()
    assert client.post(address, {"seen": token}).status_code in (302, 403)
    assert not DecisionApproval.objects.exists()


def test_of_several_each_is_reported():
    proposer, client = staff("supervisor")
    own = propose(make_account(), by=proposer)
    others = [propose(make_account()), propose(make_account())]
    pks = ",".join(str(one.pk) for one in [own, *others])
    report = do(client, f"{APPROVE}?pks={pks}").content.decode()
    assert "2 of 3 done" in report
    assert set(DecisionApproval.objects.values_list("decision", flat=True)) == {
        one.pk for one in others
    }


def test_out_of_date_is_sent_back_and_stays_so():
    account = make_account(kind="organization")
    decision = propose(account)
    _supervisor, client = staff("supervisor")
    address = f"{APPROVE}?pks={decision.pk}"
    token = seen(client, address)
    account.memberships.create(user=make_person(), role="viewer")
    client.post(address, {"seen": token})
    assert DecisionRejection.objects.get(decision=decision).stale
    assert Case.objects.get(pk=decision.case_id).state == "investigating"


def test_sent_back_and_taken_back():
    officer, client = staff("compliance")
    decision = propose(make_account(), by=officer)
    do(client, f"{SEND_BACK}?pks={decision.pk}")
    assert DecisionRejection.objects.get().rejected_by == officer
    another = propose(make_account())
    do(client, f"{SEND_BACK}?pks={another.pk}")
    assert DecisionRejection.objects.count() == 1
    _supervisor, theirs = staff("supervisor")
    do(theirs, f"{SEND_BACK}?pks={another.pk}")
    assert DecisionRejection.objects.count() == 2


@pytest.mark.parametrize("group", ["support", "compliance", "billing", "auditor"])
def test_other_groups_do_not_approve(group):
    decision = propose(make_account())
    _user, client = staff(group)
    assert client.get(f"{APPROVE}?pks={decision.pk}").status_code == 403


def test_what_waits_is_not_ones_own():
    proposer, client = staff("supervisor")
    propose(make_account(), by=proposer)
    _other, theirs = staff("supervisor")
    assert ">1<" not in _line(client, "Decisions to approve")
    assert ">1<" in _line(theirs, "Decisions to approve")


def _line(client, label):
    page = client.get("/admin/").content.decode()
    place = page.index(label)
    return page[place : place + 200]


def test_an_appeal_is_decided_by_somebody_without_a_part():
    account = make_account()
    proposer, client = staff("supervisor")
    decision = propose(account, by=proposer)
    _approver, other = staff("supervisor")
    do(other, f"{APPROVE}?pks={decision.pk}")
    made = appeals.appeal(decision=decision, by=account.holder, text="No", at=now())
    answers = {
        "result": "upheld",
        "reasons_zh_hans": "维持原决定。",
        "reasons_en": "It stands.",
    }
    address = f"{ANSWER}?pks={made.pk}"
    for own in (client, other):
        do(own, address, **answers)
    assert not AppealDecision.objects.exists()
    third, theirs = staff("supervisor")
    do(theirs, address, **answers)
    assert AppealDecision.objects.get().decided_by == third
    page = theirs.get(f"/admin/compliance/appeal/{made.pk}/change/").content.decode()
    assert "decision stands" in page


def test_confidential_ones_are_not_found():
    officer, client = staff("compliance")
    decision = propose(make_account(), by=officer)
    case = Case.objects.get(pk=decision.case_id)
    case.confidential = True
    case.save(update_fields=["confidential"])
    address = f"/admin/compliance/decision/{decision.pk}/"
    assert client.get(f"{address}change/").status_code == 302
    assert client.get(f"{address}statement.pdf").status_code == 404
