"""A name, from the choice to the case, the decision, the deadline, and what comes after it
(clause 1.2.5)."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils.translation import override

from accounts import naming, profile
from accounts.exceptions import NameRefused
from accounts.models import Account, User
from common.clock import now
from compliance import appeals, cases, decisions, names
from compliance.decisions import Measures
from compliance.exceptions import NotPossible, Stale
from compliance.models import (
    Action,
    Case,
    CaseEvent,
    Decision,
    NameCancellation,
    NameDoubt,
    NameRestoration,
    Policy,
    Statement,
)
from notices import changes
from notices.exceptions import NotReady, WrongState
from notices.models import LeadPolicy
from tests.accounts.making import make_person
from tests.compliance.deciding import (
    approve,
    make_clause_with_texts,
    make_officer,
    make_supervisor,
    propose,
)
from tests.compliance.making import case_of
from tests.notices.making import make_customer, make_organization, plan
from tests.stories.telling import fresh, told, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


@pytest.fixture
def li():
    return make_customer(name="Li", contact_email="li@example.com", language="en")


@pytest.fixture
def lab():
    """An organization called 网信办实验室, and its owner."""
    owner = make_person(
        name="Owner",
        language="en",
        contact_email="o@example.com",
        contact_email_verified_at=now(),
    )
    return owner, make_organization(owner, name="网信办实验室")


def against_the_name(account, *, whose=(names.OF_ACCOUNT,), case=None, **fields):
    """A decision that these names cannot stay, which waits for approval."""
    policy = Policy.objects.get(code=names.POLICY)
    if not policy.bindings.exists():
        from compliance.models import PolicyBinding

        PolicyBinding.record(policy=policy, clause=make_clause_with_texts("1.2.5"))
    if case is None:
        fields["kind"] = "account_name"
    return propose(
        account,
        case=case,
        policy=policy,
        action=Action.NAME_CANCELLATION,
        order=names.order_of(account, whose),
        **fields,
    )


def decided(account, **fields):
    decision = against_the_name(account, **fields)
    approve(decision)
    return Decision.objects.get(pk=decision.pk)


def name_of(record):
    return type(record).objects.get(pk=record.pk).name


def rename(account, name, *, by):
    account = Account.objects.get(pk=account.pk)
    return naming.rename_account(
        account=account, name=name, edition=account.edition, by=by, at=now()
    )


def overturn(decision, person):
    made = appeals.appeal(decision=decision, by=person, text="It is our name", at=now())
    return appeals.decide(
        appeal=made,
        result="overturned",
        reasons_zh_hans="申诉成立。",
        reasons_en="You are right.",
        decided_by=make_supervisor(),
        at=now(),
    )


# --- to the case ---------------------------------------------------------------------------


def test_a_doubtful_name_opens_a_case_and_the_next_joins_it(li):
    person, account = li
    profile.change(user=person, name="小明客服")
    [case] = Case.objects.all()
    assert (case.kind, case.account, case.title) == ("account_name", account, "小明客服")
    assert case.policy.code == "account-name"
    rename(account, "网信办小明", by=person)
    [same] = Case.objects.all()
    assert same == case
    first, second = NameDoubt.objects.order_by("pk")
    assert (first.person, second.person) == (person, None)
    assert names.decrypted(first.name, whose=account.public_id) == "小明客服"
    assert "小明客服" not in first.name
    assert [hit["list"] for hit in second.hits] == ["official"]
    trail = CaseEvent.objects.filter(case=case, what="name_doubted")
    assert [event.data["doubt"] for event in trail] == [first.pk, second.pk]


def test_of_a_person_without_an_account_of_their_own(lab):
    _owner, account = lab
    member = make_person(name="李华")
    account.memberships.create(user=member, role="developer")
    profile.change(user=member, name="小明客服")
    case = Case.objects.get()
    assert (case.account, case.person) == (None, member)


def test_a_case_that_was_decided_is_looked_into_again(li, clock):
    person, account = li
    profile.change(user=person, name="小明客服")
    account.refresh_from_db()
    officer = make_officer()
    case = cases.claim(case=Case.objects.get(), by=officer, at=now())
    decision = against_the_name(account, case=case, by=officer, whose=["account", "person"])
    approve(decision)
    work()
    clock.set(decision.effect.change.effective_at)
    work()
    profile.change(user=User.objects.get(pk=person.pk), name="王五客服")
    assert Case.objects.get().state == Case.State.INVESTIGATING


@pytest.mark.django_db(transaction=True)
def test_two_doubtful_names_at_once_make_one_case(lab):
    owner, account = lab
    names_chosen = ["甲客服", "乙客服"]
    failures = []

    def choose(name):
        try:
            rename(account, name, by=owner)
        except Exception as failure:
            failures.append(type(failure).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=choose, args=[name]) for name in names_chosen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Both, one after the other; or the second finds that the record moved on.
    assert failures in ([], ["EditedMeanwhile"])
    assert Case.objects.count() == 1
    assert NameDoubt.objects.count() == 2 - len(failures)


# --- to the deadline -----------------------------------------------------------------------


def test_told_then_cancelled_then_given_back_on_appeal(lab, clock, mailbox, phone_messages):
    owner, account = lab
    decision = decided(account)
    change = decision.effect.change
    work()
    [subject] = told(owner, "announced")
    assert subject.startswith("Please choose another name before")
    [(_subject, letter)] = mailbox.to("o@example.com")
    assert "网信办实验室" in letter
    assert f"/decisions/{decision.public_id}/" in letter
    assert len(phone_messages(owner.phone)) == 1
    lead = LeadPolicy.objects.get(kind="name_cancellation").lead_days
    assert change.effective_at - now() > timedelta(days=lead)

    clock.set(change.effective_at - timedelta(seconds=5))
    work()
    assert name_of(account) == "网信办实验室"
    clock.set(change.effective_at)
    work()
    neutral = f"Organization {account.public_id[-8:]}"
    assert name_of(account) == neutral
    assert told(owner, "in_effect") == ["The name of your account has been cancelled"]
    gone = NameCancellation.objects.get()
    assert (gone.became, gone.decision) == (neutral, decision)
    assert names.decrypted(gone.name, whose=account.public_id) == "网信办实验室"
    assert account.history.first().history_change_reason == decision.public_id

    overturn(decision, owner)
    work()
    assert name_of(account) == "网信办实验室"
    assert NameRestoration.objects.get().restored
    assert len(told(owner, "lifted")) == 1
    assert fresh(change).state == "lifted"
    work()
    assert NameRestoration.objects.count() == 1


def test_both_names_of_a_personal_account(li, clock):
    person, account = li
    decision = decided(account, whose=["account", "person"])
    work()
    clock.set(decision.effect.change.effective_at)
    work()
    assert name_of(account) == name_of(person) == f"User {account.public_id[-8:]}"
    overturn(decision, person)
    work()
    assert (name_of(account), name_of(person)) == ("Li", "Li")


def test_only_the_name_that_was_decided_upon(li, clock):
    person, account = li
    decision = decided(account, whose=["person"])
    work()
    clock.set(decision.effect.change.effective_at)
    work()
    assert (name_of(account), name_of(person)) == ("Li", f"User {account.public_id[-8:]}")


@pytest.mark.parametrize("already_told", [False, True])
def test_another_name_before_the_deadline(lab, clock, already_told):
    owner, account = lab
    decision = decided(account)
    change = decision.effect.change
    if already_told:
        work()
    with pytest.raises(NameRefused, match="no doubt"):
        rename(account, "某某公安局", by=owner)
    with pytest.raises(NameRefused, match="cannot stay"):
        rename(account, "网 信 办 实验室", by=owner)
    rename(account, "小明实验室", by=owner)
    work()
    assert len(told(owner, "withdrawn")) == int(already_told)
    assert not names.pending(account).exists()
    assert CaseEvent.objects.filter(case=decision.case, what="renamed").count() == 1
    clock.set(change.effective_at)
    work()
    assert name_of(account) == "小明实验室"
    assert not NameCancellation.objects.exists()
    assert told(owner, "in_effect") == []
    # Nothing is left that an appeal would have to give back.
    overturn(decision, owner)
    work()
    assert told(owner, "lifted") == []
    assert name_of(account) == "小明实验室"


def test_one_of_two_names_is_not_enough(li, clock):
    person, account = li
    decision = decided(account, whose=["account", "person"])
    work()
    rename(account, "实验室", by=person)
    assert names.pending(account).exists()
    clock.set(decision.effect.change.effective_at)
    work()
    assert name_of(account) == "实验室"
    assert name_of(person).startswith("User ")


def test_the_other_name_is_no_way_back_once_it_is_cancelled(lab, clock):
    owner, account = lab
    decision = decided(account)
    work()
    clock.set(decision.effect.change.effective_at)
    work()
    with pytest.raises(NameRefused, match="cannot stay"):
        rename(account, "网信办-实验室", by=owner)
    rename(account, "小明实验室", by=owner)
    overturn(decision, owner)
    work()
    # Theirs stays; the one that was right after all may be chosen again.
    assert name_of(account) == "小明实验室"
    assert not NameRestoration.objects.get().restored
    rename(account, "网信办实验室", by=owner)


def test_appealed_against_before_the_deadline(lab, clock):
    owner, account = lab
    decision = decided(account)
    work()
    overturn(decision, owner)
    work()
    assert len(told(owner, "withdrawn")) == 1
    clock.set(decision.effect.change.effective_at)
    work()
    assert name_of(account) == "网信办实验室"


# --- refused -------------------------------------------------------------------------------


def test_renamed_between_proposal_and_approval(li):
    person, account = li
    account.name = "Li's lab"
    account.save()
    decision = against_the_name(account, whose=["person"])
    profile.change(user=person, name="王伟")
    with pytest.raises(Stale):
        approve(decision)
    assert Case.objects.get(pk=decision.case_id).state == "investigating"


@pytest.mark.parametrize(
    ("order", "at_once"),
    [({}, False), ({"account": "0" * 64}, False), ({"person": "0" * 64}, False), (None, True)],
)
def test_a_decision_names_names_that_are_there_and_never_acts_at_once(lab, order, at_once):
    _owner, account = lab
    measures = Measures(
        action=Action.NAME_CANCELLATION,
        order=names.order_of(account, ["account"]) if order is None else order,
        at_once=at_once,
        grounds="Now" if at_once else "",
    )
    with pytest.raises(NotPossible):
        decisions.refuse_unfit(measures, account=account, at=now())


def test_nobody_plans_one_by_hand(lab):
    _owner, account = lab
    change = plan(account, kind="name_cancellation", service=None)
    with pytest.raises(NotReady, match="decide there"):
        changes.propose(change=change, proposed_by=make_officer(), at=now())


def test_not_lifted_for_some(lab, clock):
    from notices import announced

    _owner, account = lab
    decision = decided(account)
    work()
    clock.set(decision.effect.change.effective_at)
    work()
    with pytest.raises(WrongState, match="as a whole"):
        announced.lift_for(
            change=decision.effect.change,
            accounts=[account],
            lifted_by=make_officer(),
            reason="x",
        )


def test_the_database_cancels_no_name_without_a_decision_or_before_its_time(lab, clock):
    owner, account = lab
    decision = decided(account)
    work()
    clock.set(decision.effect.change.effective_at)
    work()
    gone = NameCancellation.objects.get()
    for fields in (
        {"decision": decided(make_organization(owner, name="网信办二"))},
        {"person": owner},
        {"account": make_organization(owner, name="Other")},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            NameCancellation.record(
                **{
                    "permit": gone.permit,
                    "account": gone.account,
                    "person": None,
                    "decision": decision,
                    "name": "x",
                    "became": "y",
                    **fields,
                }
            )
    # Given back only with its change.
    with pytest.raises(IntegrityError), transaction.atomic():
        NameRestoration.record(
            cancellation=gone, restored=True, restored_by=owner, reason="I want it"
        )


@pytest.mark.parametrize(("language", "named"), [("en", "cannot stay"), ("zh-hans", "网信办")])
def test_the_statement_says_which_name_and_how_to_change_it(lab, language, named):
    _owner, account = lab
    decision = decided(account)
    statement = Statement.objects.get(decision=decision, language=language)
    assert "网信办实验室" in statement.text
    assert ("settings" if language == "en" else "设置") in statement.text


def test_neutral_names_are_in_the_language_of_who_answers(li):
    person, account = li
    person.language = "zh-hans"
    person.save()
    account = Account.objects.get(pk=account.pk)
    with override("en"):
        assert names.neutral_name(account, whose="account").startswith("用户")


def test_names_in_the_language_of_the_desk_pass_the_screening(li):
    from accounts.name_screening import Outcome, screen

    _person, account = li
    assert screen(names.neutral_name(account, whose="account"), at=now()).outcome == Outcome.PASS


def test_a_case_is_claimed_while_a_name_is_doubted(lab):
    owner, account = lab
    officer = make_officer()
    case = case_of(officer, account, kind="account_name")
    rename(account, "甲客服", by=owner)
    assert NameDoubt.objects.get().case == case
