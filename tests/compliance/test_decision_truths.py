"""What the database refuses about decisions and appeals, whoever asks: tried as the app role."""

from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import Permit
from common.clock import now
from compliance import appeals, cases, decisions, effects, orders
from compliance.exceptions import Stale, WrongStep
from compliance.models import (
    Action,
    AppealDecision,
    Case,
    Decision,
    DecisionApproval,
    DecisionEffect,
    DecisionRejection,
    DecisionReversal,
    Statement,
    Strike,
)
from notices.models import ServiceChange
from tests.accounts.making import make_account, make_key
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
from tests.compliance.making import case_of, make_staff_of
from tests.plumbing.together import refusals, together

pytestmark = pytest.mark.django_db


def run(sql, *given):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, given)
        # What is checked at the end of a transaction is checked now.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def refused(words):
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        yield


def copied(decision, **changed):
    """The columns of a decision with some others, as SQL writes them."""
    fields = {
        field.attname: getattr(decision, field.attname)
        for field in Decision._meta.concrete_fields
        if field.attname not in ("id", "recorded_at", "transaction", "public_id")
    }
    return Decision(**{**fields, **changed})


def approve_raw(decision, *, by, digest=None):
    run(
        "INSERT INTO compliance_decisionapproval (decision_id, approved_by_id, digest)"
        " VALUES (%s, %s, %s)",
        decision.pk,
        by.pk,
        digest or decision.digest,
    )


# -- decisions -----------------------------------------------------------------------------


def test_not_in_a_case_nobody_looks_into():
    decision = propose(make_account())
    with refused("being looked into"):
        copied(decision).save()


def test_the_case_has_to_go_along():
    officer = make_officer()
    waiting = propose(make_account(), by=officer)
    case = case_of(officer, waiting.account, kind="leak")
    with refused("does not go along"):
        copied(waiting, case_id=case.pk).save()
        run("SELECT 1")


def test_a_case_does_not_go_on_without_what_its_decision_says():
    officer = make_officer()
    case = case_of(officer)
    with refused("a case goes to proposed"):
        run("UPDATE compliance_case SET state = 'proposed' WHERE id = %s", case.pk)
    decision = propose(make_account(), by=officer)
    for state in ("decided", "investigating"):
        with refused(f"a case goes to {state}"):
            run("UPDATE compliance_case SET state = %s WHERE id = %s", state, decision.case_id)


@pytest.fixture
def ground():
    """A case being looked into, and a decision to copy that was sent back."""
    officer = make_officer()
    decision = propose(make_account(), by=officer)
    decisions.withdraw(decision=decision, by=officer, reason="To be copied", at=now())
    return Decision.objects.get(pk=decision.pk)


def test_by_whoever_may_propose(ground):
    for person in (make_staff_of("support"), make_staff_of("auditor")):
        with refused("may not propose"):
            copied(ground, proposed_by_id=person.pk).save()
    gone = make_officer()
    gone.is_active = False
    gone.save()
    with refused("may not propose"):
        copied(ground, proposed_by_id=gone.pk).save()


def test_supervisors_only(ground):
    policy = make_policy(code="other", supervisors_only=True)
    with refused("may not propose"):
        copied(ground, policy_version_id=policy.current.pk).save()


def test_the_newest_version_and_its_actions(ground):
    old = ground.policy_version
    write_version(old.policy, 2, actions=(Action.WARNING,))
    with refused("newest version"):
        copied(ground).save()
    with refused("does not allow"):
        copied(ground, policy_version_id=old.policy.current.pk).save()


def test_of_accounts_with_a_part_in_the_case(ground):
    with refused("no part in the case"):
        copied(ground, account_id=make_account().pk).save()


def test_keys_of_the_account(ground):
    strange = make_key(make_account())
    with refused("not of the account"):
        copied(ground, action="partial_suspension", api_key_ids=[strange.pk]).save()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"action": "partial_suspension"}, "scope_fits"),
        ({"action": "rate_limit"}, "limits_iff_limit"),
        ({"limits": {"requests_per_minute": 1}}, "limits_iff_limit"),
        ({"action": "termination", "days": 3}, "term_fits"),
        ({"order": {"what": "delete"}}, "order_iff_ordered"),
        ({"amount": 5}, "amount_iff_held"),
        ({"at_once": True}, "at_once_has_grounds"),
        ({"account_id": None}, "acts_on_an_account"),
        ({"lifts_at_once": True}, "lifts_what_it_supersedes"),
    ],
)
def test_what_does_not_fit(ground, changed, words):
    with refused(words):
        copied(ground, **changed).save()


def test_hashes_and_points_are_the_databases(ground):
    made = copied(ground, digest="0" * 64, subject_digest="0" * 64, strike_points=99)
    made.save()
    made.refresh_from_db()
    assert "0" * 64 not in (made.digest, made.subject_digest)
    assert made.strike_points == ground.policy_version.strike_points
    cases.move(Case.objects.get(pk=made.case_id), "proposed")


def test_that_it_lifts_at_once_is_part_of_what_is_approved(ground):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT compliance_decision_digest(waiting) = waiting.digest,"
            " compliance_decision_digest(jsonb_populate_record(waiting, %s)) = waiting.digest"
            " FROM compliance_decision waiting WHERE id = %s",
            ['{"lifts_at_once": true}', ground.pk],
        )
        assert cursor.fetchone() == (True, False)


def test_nobody_chooses_the_number_of_a_decision(ground):
    made = copied(ground, id=10**9)
    made.save(force_insert=True)
    cases.move(Case.objects.get(pk=made.case_id), "proposed")
    assert not Decision.objects.filter(pk=10**9).exists()


@pytest.mark.parametrize(
    "model",
    [Decision, DecisionApproval, DecisionEffect, Statement, Strike],
)
def test_final(model):
    decide(make_account())
    row = model.objects.first()
    for sql in ("UPDATE {} SET id = id WHERE id = %s", "DELETE FROM {} WHERE id = %s"):
        with refused("denied|final|evidence"):
            run(sql.format(model._meta.db_table), row.pk)


# -- approval ------------------------------------------------------------------------------


def test_nobody_approves_their_own():
    supervisor = make_supervisor()
    supervisor.is_superuser = True
    supervisor.save()
    decision = propose(make_account(), by=supervisor)
    with refused("nobody approves their own"):
        approve_raw(decision, by=supervisor)


def test_by_whoever_may_approve():
    decision = propose(make_account())
    gone, customer = make_supervisor(), make_account().holder
    gone.is_active = False
    gone.save()
    for person in (make_officer(), gone, customer):
        with refused("may not approve"):
            approve_raw(decision, by=person)


def test_exactly_that():
    with refused("not what was proposed"):
        approve_raw(propose(make_account()), by=make_supervisor(), digest="0" * 64)


def test_not_after_the_subject_changed():
    decision = propose(make_account())
    decision.account.name = "Another name"
    decision.account.save(update_fields=["name"])
    with refused("not as it was"):
        approve_raw(decision, by=make_supervisor())


def test_not_an_older_one_nor_one_sent_back():
    officer = make_officer()
    before = propose(make_account(), by=officer)
    decisions.withdraw(decision=before, by=officer, reason="mistake", at=now())
    with refused("not waiting"):
        approve_raw(before, by=make_supervisor())
    propose(before.account, by=officer, case=before.case)
    with refused("not waiting"):
        approve_raw(before, by=make_supervisor())


def test_an_approval_is_put_into_effect_and_moves_its_case():
    decision = propose(make_account())
    run("SELECT 1")  # what waits of the proposal is checked here, and passes
    with refused("is put into effect with it"):
        approve_raw(decision, by=make_supervisor())
    with refused("does not go along"):
        DecisionApproval.record(
            decision=decision, approved_by=make_supervisor(), digest=decision.digest
        )
        effects.put_into_effect(decision, approved_by=decision.approval.approved_by, at=now())
        run("SELECT 1")


def test_sent_back_by_the_proposer_or_who_may_approve():
    decision = propose(make_account())
    with refused("may not send"):
        run(
            "INSERT INTO compliance_decisionrejection (decision_id, rejected_by_id, stale, reason)"
            " VALUES (%s, %s, false, 'no')",
            decision.pk,
            make_officer().pk,
        )


# -- what follows --------------------------------------------------------------------------


def test_no_effect_without_approval():
    with refused("only an approved decision is put into effect"):
        DecisionEffect(decision=propose(make_account())).save()


def test_the_effect_is_that_of_the_decision():
    another = decide(make_account(), **AT_ONCE).effect.change
    decision = propose(make_account(), **AT_ONCE)
    with refused("the effect is not that"), transaction.atomic():
        DecisionApproval.record(
            decision=decision, approved_by=make_supervisor(), digest=decision.digest
        )
        DecisionEffect(decision=decision).save()
    with refused("the change is not what was decided"), transaction.atomic():
        DecisionApproval.record(
            decision=decision, approved_by=make_supervisor(), digest=decision.digest
        )
        DecisionEffect(decision=decision, change=another).save()


def test_the_money_is_that_of_the_decision():
    account = make_account()
    pay_in(account, 10)
    decision = propose(account, action=Action.LEDGER_HOLD, amount=1_000_000)
    other = make_account()
    pay_in(other, 10)
    elsewhere = decide(other, action=Action.LEDGER_HOLD, amount=1_000_000).effect
    with refused("is not what was decided"), transaction.atomic():
        DecisionApproval.record(
            decision=decision, approved_by=make_supervisor(), digest=decision.digest
        )
        DecisionEffect(decision=decision, change=elsewhere.change, journal=elsewhere.journal).save()


def test_the_platform_is_told_what_was_decided_and_nothing_else():
    order = {"what": "delete", "target": "img/1", "instruction": "", "hours": 24}
    waiting = propose(make_account(), action=Action.CONTENT_ORDER, order=order)
    decision = decide(make_account(), action=Action.CONTENT_ORDER, order=order)
    suspended = decide(make_account())
    for of, target in ((waiting, "img/1"), (decision, "img/2"), (suspended, "img/1")):
        with refused("ordered to do what was decided"):
            orders.send(decision=of, what="delete", target=target, instruction="", due_at=now())
    orders.send(decision=decision, what="delete", target="img/1", instruction="", due_at=now())


def test_no_strike_without_approval_or_with_other_points():
    waiting = propose(make_account())
    later = now().replace(year=now().year + 1)
    with refused("a strike is of an approved decision"):
        Strike(decision=waiting, account=waiting.account, points=1, expires_at=later).save()
    decision = decide(make_account(), policy=make_policy(code="none", points=0))
    with refused("a strike is of an approved decision"):
        Strike(decision=decision, account=decision.account, points=5, expires_at=later).save()


def test_nothing_is_undone_for_no_reason():
    decision, supervisor = decide(make_account()), make_supervisor()
    with refused("on appeal or by the one that supersedes it"):
        DecisionReversal(decision=decision, reversed_by=supervisor, reason="so").save()
    with refused("only an approved decision is undone"):
        DecisionReversal(
            decision=propose(make_account()), reversed_by=supervisor, reason="so"
        ).save()


def test_a_statement_has_its_own_hashes_and_an_approved_decision():
    fields = {
        "language": "fr",
        "text": "Why",
        "pdf": b"%PDF",
        "text_sha256": "0" * 64,
        "pdf_sha256": "0" * 64,
        "appeal_until": now().replace(year=now().year + 1),
    }
    with refused("its own hashes"):
        Statement(decision=decide(make_account()), **fields).save()
    with refused("of an approved decision"):
        Statement(decision=propose(make_account()), **fields).save()


# -- appeals -------------------------------------------------------------------------------


def appeal_raw(decision, person):
    run(
        "INSERT INTO compliance_appeal"
        " (public_id, case_id, decision_id, appealed_by_id, text, answer_by)"
        " VALUES (%s, %s, %s, %s, 'x', common_now())",
        f"apl_{decision.pk}{person.pk}",
        decision.case_id,
        decision.pk,
        person.pk,
    )


def test_appeals_are_the_customers():
    decision = decide(make_account())
    for person in (make_officer(), make_account().holder):
        with refused("owners and administrators"):
            appeal_raw(decision, person)


def test_only_what_stands_is_appealed_against():
    decision = propose(make_account())
    with refused("only a decision that stands"):
        appeal_raw(decision, decision.account.holder)


def test_in_time(clock):
    decision = decide(make_account())
    clock.advance(days=185)
    with refused("the time to appeal is over"):
        appeal_raw(decision, decision.account.holder)


def answer_raw(made, person, result="upheld"):
    run(
        "INSERT INTO compliance_appealdecision"
        " (appeal_id, result, reasons_zh_hans, reasons_en, decided_by_id)"
        " VALUES (%s, %s, 'x', 'x', %s)",
        made.pk,
        result,
        person.pk,
    )


def test_whoever_had_a_part_does_not_decide_the_appeal():
    proposer, approver = make_supervisor(), make_supervisor()
    decision = propose(make_account(), by=proposer)
    approve(decision, by=approver)
    made = appeals.appeal(decision=decision, by=decision.account.holder, text="Not us", at=now())
    for person in (proposer, approver):
        with refused("had no part"):
            answer_raw(made, person)
    with refused("may not decide"):
        answer_raw(made, make_officer())
    answer_raw(made, make_supervisor())
    assert AppealDecision.objects.get(appeal=made).result == "upheld"


def test_an_appeal_that_was_turned_down_undoes_nothing():
    decision, third = decide(make_account()), make_supervisor()
    made = appeals.appeal(decision=decision, by=decision.account.holder, text="Not us", at=now())
    answer_raw(made, third)
    with refused("no appeal undid"):
        DecisionReversal(decision=decision, reversed_by=third, appeal=made, reason="so").save()


# -- at once -------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_are_one_effect(in_english):
    decision = propose(make_account(), **AT_ONCE)
    one, another = make_supervisor(), make_supervisor()
    came_to = together(
        lambda: decisions.approve(decision=decision, approved_by=one, at=now()),
        lambda: decisions.approve(decision=decision, approved_by=another, at=now()),
    )
    [refusal] = refusals(came_to)
    assert isinstance(refusal, WrongStep)
    assert DecisionApproval.objects.count() == DecisionEffect.objects.count() == 1
    assert ServiceChange.objects.count() == Strike.objects.count() == 1
    assert Statement.objects.count() == 2
    assert not Permit.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_approved_and_sent_back_at_once(in_english):
    officer = make_officer()
    decision = propose(make_account(), by=officer)
    came_to = together(
        lambda: approve(decision, by=make_supervisor()),
        lambda: decisions.withdraw(decision=decision, by=officer, reason="mistake", at=now()),
    )
    assert len(refusals(came_to)) == 1
    approved, rejected = DecisionApproval.objects.count(), DecisionRejection.objects.count()
    assert approved + rejected == 1


@pytest.mark.django_db(transaction=True)
def test_two_cases_of_one_account_at_once(in_english):
    account = make_account()
    first, second = propose(account), propose(account, kind="leak", action=Action.WARNING)
    one, another = make_supervisor(), make_supervisor()
    came_to = together(
        lambda: approve(first, by=one),
        lambda: approve(second, by=another),
    )
    [refusal] = refusals(came_to)
    assert isinstance(refusal, Stale)
    assert DecisionApproval.objects.count() == 1
    assert DecisionRejection.objects.get().stale
