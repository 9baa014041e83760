"""Decisions: who may, what fits, two people, and what an approval brings about."""

from datetime import timedelta

import pytest

from accounts import access
from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import Membership
from billing import money_in
from common.clock import now
from compliance import cases, decisions, inquiries, strikes
from compliance.exceptions import NotPossible, SecondPersonNeeded, Stale, WrongStep
from compliance.models import Action, Case, Decision, DecisionApproval, DecisionRejection
from notices import tasks
from notices.models import ServiceChange
from tests.accounts.making import make_account, make_key, make_person, make_service
from tests.compliance.deciding import (
    AT_ONCE,
    approve,
    decide,
    make_officer,
    make_policy,
    make_supervisor,
    pay_in,
    propose,
    write_version,
)
from tests.compliance.making import add_evidence, case_of, file_report, make_staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def state_of(decision):
    return Case.objects.get(pk=decision.case_id).state


def test_proposed_then_approved():
    account = make_account()
    decision = propose(account)
    assert state_of(decision) == "proposed"
    assert len(decision.digest) == len(decision.subject_digest) == 64
    approve(decision)
    assert state_of(decision) == "decided"
    decision = Decision.objects.get(pk=decision.pk)
    change = decision.effect.change
    assert (change.kind, change.state) == ("suspension", "approved")
    assert change.effective_at > now()
    assert decision.public_id in change.reason_en
    assert f"/decisions/{decision.public_id}/" in change.reason_zh_hans
    assert strikes.standing(account=account, at=now()).points == 1


def test_only_who_may_proposes():
    account = make_account()
    support = make_staff_of("support")
    with pytest.raises(NotAllowed):
        propose(account, by=support)


def test_a_policy_for_supervisors_is_theirs():
    account = make_account()
    policy = make_policy(supervisors_only=True)
    with pytest.raises(NotAllowed):
        propose(account, by=make_officer(), policy=policy)
    decision = propose(make_account(), by=make_supervisor(), policy=policy)
    approve(decision)
    assert state_of(decision) == "decided"


def test_only_what_the_policy_allows():
    policy = make_policy(actions=(Action.WARNING,))
    with pytest.raises(NotPossible, match="does not allow"):
        propose(make_account(), policy=policy)


def test_the_newest_version_is_cited():
    policy = make_policy()
    newest = write_version(policy, 2, points=3)
    decision = propose(make_account(), policy=policy)
    assert (decision.policy_version, decision.strike_points) == (newest, 3)


@pytest.mark.parametrize(
    ("action", "fields", "words"),
    [
        ("partial_suspension", {}, "Name the service"),
        ("rate_limit", {}, "at least one limit"),
        ("rate_limit", {"limits": {"requests_per_minute": 0}}, "whole numbers"),
        ("suspension", {"limits": {"requests_per_minute": 5}}, "nothing else has any"),
        ("termination", {"days": 5}, "has no term"),
        ("ledger_hold", {}, "needs an amount"),
        ("ledger_hold", {"amount": 5_000_000}, "does not have as much"),
        ("warning", {"amount": 5}, "nothing else has one"),
        ("content_order", {}, "what is to be done"),
    ],
)
def test_measures_that_do_not_fit(action, fields, words):
    with pytest.raises(NotPossible, match=words):
        propose(make_account(), action=action, **fields)


def test_at_once_needs_grounds():
    with pytest.raises(ReasonMissing, match="grounds"):
        propose(make_account(), at_once=True)


def test_nobody_approves_their_own_not_even_a_superuser():
    supervisor = make_supervisor()
    decision = propose(make_account(), by=supervisor)
    supervisor.is_superuser = True
    supervisor.save()
    with pytest.raises(SecondPersonNeeded):
        approve(decision, by=type(supervisor).objects.get(pk=supervisor.pk))
    assert state_of(decision) == "proposed"


def test_only_who_may_approves():
    with pytest.raises(NotAllowed):
        approve(propose(make_account()), by=make_officer())


def test_stale_after_the_subject_changed():
    account = make_account(kind="organization")
    decision = propose(account)
    Membership.objects.create(user=make_person(), account=account, role="viewer")
    with pytest.raises(Stale):
        approve(decision)
    assert state_of(decision) == "investigating"
    assert DecisionRejection.objects.get(decision=decision).stale
    assert not DecisionApproval.objects.exists()
    assert not ServiceChange.objects.exists()


def renamed(decision):
    decision.account.name = "Another name"
    decision.account.save(update_fields=["name"])


def reported_again(decision):
    report = file_report(about=decision.account, kind=decision.case.kind)
    assert report.case_id == decision.case_id


def proved(decision):
    add_evidence(decision.case)


def answered(decision):
    asked = decision.case.inquiries.get()
    inquiries.answer(inquiry=asked, by=decision.account.holder, text="Not us", at=now())


def restricted(decision):
    """What was decided before this was proposed takes effect."""
    tasks.take_effect()
    assert decision.account.restrictions.exists()


def struck_by_another_case(decision):
    decide(decision.account, kind="leak", action=Action.WARNING)


def put_aside(decision):
    money_in.hold(
        account=decision.account, amount=1, key="elsewhere", at=now(), actor=None, memo=""
    )


@pytest.mark.parametrize(
    "happens",
    [renamed, reported_again, proved, answered, restricted, struck_by_another_case, put_aside],
)
def test_whatever_the_approver_must_have_seen_makes_it_stale(clock, happens):
    account, officer = make_account(), make_officer()
    pay_in(account, 100)
    decide(account, kind="content_order", action=Action.SUSPENSION, **AT_ONCE)
    case = case_of(officer, account)
    inquiries.ask(
        case=case,
        account=account,
        by=officer,
        question_zh_hans="请说明",
        question_en="Say",
        answer_by=now() + timedelta(days=5),
        at=now(),
    )
    clock.advance(days=6)
    inquiries.stop_waiting(at=now())
    measures = {"action": Action.LEDGER_HOLD, "amount": 60_000_000}
    decision = propose(account, by=officer, case=Case.objects.get(pk=case.pk), **measures)
    happens(decision)
    with pytest.raises(Stale):
        approve(decision)
    assert state_of(decision) == "investigating"
    assert not DecisionApproval.objects.filter(decision=decision).exists()
    # Proposed anew, with what has happened in view, it can be approved.
    case = Case.objects.get(pk=case.pk)
    approve(propose(account, by=officer, case=case, **measures))


def test_two_cases_of_one_account_take_turns():
    account = make_account()
    first = propose(account)
    second = propose(account, kind="leak", action=Action.WARNING)
    approve(first)
    with pytest.raises(Stale):
        approve(second)


def test_sent_back_and_proposed_anew():
    officer = make_officer()
    decision = propose(make_account(), by=officer)
    with pytest.raises(NotAllowed):
        decisions.send_back(decision=decision, by=officer, reason="no", at=now())
    decisions.send_back(decision=decision, by=make_supervisor(), reason="Say more", at=now())
    assert state_of(decision) == "investigating"
    with pytest.raises(WrongStep):
        approve(decision)
    again = propose(decision.account, by=officer, case=decision.case)
    approve(again)
    assert state_of(again) == "decided"


def test_the_proposer_takes_it_back():
    officer = make_officer()
    decision = propose(make_account(), by=officer)
    with pytest.raises(NotAllowed):
        decisions.withdraw(decision=decision, by=make_officer(), reason="mistake", at=now())
    decisions.withdraw(decision=decision, by=officer, reason="mistake", at=now())
    assert state_of(decision) == "investigating"


def test_no_action_changes_nothing():
    decision = decide(make_account(), action=Action.NONE)
    assert (decision.effect.change, decision.effect.journal) == (None, None)
    assert not ServiceChange.objects.exists()
    assert not hasattr(decision, "strike")


def test_money_is_put_aside():
    account = make_account()
    pay_in(account, 100)
    decision = decide(account, action=Action.LEDGER_HOLD, amount=60_000_000)
    account.wallet.refresh_from_db()
    assert (account.wallet.balance, account.wallet.held) == (40_000_000, 60_000_000)
    assert decision.case.public_id in decision.effect.journal.memo
    assert decision.effect.change.kind == "case_decision"


def test_narrowed_to_keys_of_the_account():
    account, other, officer = make_account(), make_account(), make_officer()
    key, strange = make_key(account), make_key(other)
    part = {"by": officer, "action": Action.PARTIAL_SUSPENSION}
    with pytest.raises(NotPossible, match="this account only"):
        propose(account, api_keys=[strange], **part)
    decision = decide(account, api_keys=[key], **part, **AT_ONCE)
    assert decision.effect.change.concerned_keys.get().api_key == key


def test_superseding_undoes_what_stood_before():
    account, officer = make_account(), make_officer()
    before = decide(account, by=officer, **AT_ONCE)
    decisions_case = before.case
    cases.reopen(case=decisions_case, by=officer, reason="New facts", at=now())
    after = propose(
        account, by=officer, case=decisions_case, action=Action.WARNING, supersedes=before
    )
    approve(after)
    before = Decision.objects.get(pk=before.pk)
    assert before.reversal.appeal is None
    assert before.effect.change.state in ("withdrawn", "lifted")
    assert strikes.standing(account=account, at=now()).points == 1
    service = make_service()
    assert access.decide(account=account, service=service, at=now()).allowed


def test_strikes_add_up_expire_and_suggest(clock):
    account = make_account()
    policy = make_policy(points=2)
    decide(account, policy=policy, action=Action.WARNING)
    decide(account, policy=policy, action=Action.WARNING, kind="leak")
    standing = strikes.standing(account=account, at=now())
    assert (standing.points, standing.suggested) == (4, Action.SUSPENSION)
    clock.advance(days=366)
    standing = strikes.standing(account=account, at=now())
    assert (standing.points, standing.suggested) == (0, None)
