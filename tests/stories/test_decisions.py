"""Decisions in cases, from the proposal to what people feel, are told, and get back."""

import pytest

from accounts import access
from accounts.models import ApiKey, Permit
from common.clock import now
from compliance import appeals, blast, cases, strikes
from compliance.decisions import Measures
from compliance.models import (
    Action,
    Case,
    CaseEvent,
    ContentOrder,
    Decision,
    PolicyBinding,
    Statement,
)
from notices.models import Letter, Notice
from tests.accounts.making import make_key, make_model, make_service
from tests.compliance.deciding import (
    AT_ONCE,
    approve,
    decide,
    make_clause_with_texts,
    make_officer,
    make_policy,
    make_supervisor,
    pay_in,
    propose,
    write_version,
)
from tests.notices.making import make_customer, make_organization
from tests.stories.telling import fresh, told, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


@pytest.fixture
def li():
    return make_customer(name="Li", contact_email="li@example.com", language="en")


def overturn(decision, person, *, by=None):
    made = appeals.appeal(decision=decision, by=person, text="That was not us", at=now())
    return appeals.decide(
        appeal=made,
        result="overturned",
        reasons_zh_hans="申诉成立。",
        reasons_en="You are right.",
        decided_by=by or make_supervisor(),
        at=now(),
    )


def test_suspended_with_prior_notice(li, clock, mailbox, phone_messages, gateway):
    person, account = li
    service, key = make_service(), make_key(account)
    decision = decide(account, days=10)
    change = decision.effect.change
    work()
    assert len(told(person, "announced")) == 1
    [(_subject, letter)] = mailbox.to("li@example.com")
    assert f"/decisions/{decision.public_id}/" in letter
    assert gateway(key, service)["decision"] == "allow"
    clock.set(change.effective_at)
    work()
    denied = gateway(key, service)
    assert (denied["decision"], denied["clause"]) == ("deny", decision.clause.number)
    # Its term runs out, and no job has to do anything.
    clock.set(change.ends_at)
    assert gateway(key, service)["decision"] == "allow"


def test_a_suspended_organization_and_its_members(clock, mailbox, gateway):
    owner, personal = make_customer(name="Owner", contact_email="o@example.com")
    developer, own = make_customer(name="Dev", contact_email="d@example.com")
    company = make_organization(owner)
    company.memberships.create(user=developer, role="developer")
    service = make_service()
    painter = make_model(service)
    keys = [ApiKey.issue(account=company, created_by=owner, name=f"k{n}")[0] for n in range(3)]
    revoked = ApiKey.issue(account=company, created_by=owner, name="old")[0]
    ApiKey.objects.filter(pk=revoked.pk).update(revoked_at=now())
    elsewhere = make_key(own)
    measures = Measures(action=Action.SUSPENSION, **AT_ONCE)
    preview = blast.preview(account=company, measures=measures, at=now())
    decision = decide(company, **AT_ONCE)
    work()

    later, _secret = ApiKey.issue(account=company, created_by=owner, name="made afterwards")
    denied = [key for key in [*keys, later] if gateway(key, service)["decision"] == "deny"]
    assert denied == [*keys, later]
    assert gateway(elsewhere, service)["decision"] == "allow"
    assert access.decide(account=personal, service=service, at=now()).allowed

    # What was foreseen is what came.
    assert preview.keys == len(keys)
    assert preview.later_keys
    assert preview.members == 2
    notices = Notice.objects.filter(expansion__change=decision.effect.change)
    assert {one.pk for one in preview.told} == set(notices.values_list("recipient_id", flat=True))
    assert [one.pk for one in preview.services] == [service.pk]
    assert [one.pk for one in preview.models] == [painter.pk]
    assert not access.decide(account=company, model=painter, service=None, at=now()).allowed


def test_suspended_in_part(li, clock, gateway):
    _person, account = li
    service, other = make_service(), make_service("text-generation")
    key = make_key(account)
    measures = Measures(action=Action.PARTIAL_SUSPENSION, service=service, **AT_ONCE)
    preview = blast.preview(account=account, measures=measures, at=now())
    decide(account, action=Action.PARTIAL_SUSPENSION, service=service, **AT_ONCE)
    work()
    assert gateway(key, service)["decision"] == "deny"
    assert gateway(key, other)["decision"] == "allow"
    assert [one.pk for one in preview.services] == [service.pk]
    assert preview.keys == 1


def test_disabled_for_suspected_transfer_at_once_and_given_back(li, clock, mailbox, gateway):
    person, account = li
    service, key = make_service(), make_key(account)
    policy = make_policy(code="transfer", clause=make_clause_with_texts("1.2.6"))
    decision = decide(
        account,
        kind="suspected_transfer",
        policy=policy,
        action=Action.PERMANENT_DISABLING,
        at_once=True,
        grounds="Sold on a market place",
    )
    work()
    denied = gateway(key, service)
    assert (denied["decision"], denied["clause"], denied["measure"]) == ("deny", "1.2.6", "disable")
    statement = Statement.objects.get(decision=decision, language="en")
    assert "Sold on a market place" in statement.text

    answer = overturn(decision, person)
    work()
    assert gateway(key, service)["decision"] == "allow"
    assert len(told(person, "lifted")) == 1
    assert fresh(decision.effect.change).state == "lifted"
    assert strikes.standing(account=account, at=now()).points == 0
    assert Case.objects.get(pk=decision.case_id).state == "closed"
    letters = Letter.objects.filter(recipient=person).order_by("pk")
    assert [one.kind for one in letters] == [
        "compliance.appeal_received",
        "compliance.appeal_decided",
    ]
    assert answer.reasons_en in letters.last().body


def test_two_overlapping_suspensions_one_appeal_won(li, clock, gateway):
    person, account = li
    service, key = make_service(), make_key(account)
    first = decide(account, **AT_ONCE)
    second = decide(account, kind="leak", days=30, **AT_ONCE)
    work()
    overturn(first, person)
    work()
    assert gateway(key, service)["decision"] == "deny"
    assert fresh(second.effect.change).state == "complete"
    assert strikes.standing(account=account, at=now()).points == 1
    clock.advance(days=31)
    assert gateway(key, service)["decision"] == "allow"


def test_a_warning_takes_nothing_away_and_is_proved_by_a_permit(li, mailbox, gateway):
    person, account = li
    service, key = make_service(), make_key(account)
    decision = decide(account, action=Action.WARNING)
    work()
    assert gateway(key, service)["decision"] == "allow"
    [(subject, letter)] = mailbox.to("li@example.com")
    assert "warning" in subject
    assert f"/decisions/{decision.public_id}/" in letter
    assert Permit.objects.get(account=account).change == decision.effect.change.uuid
    assert len(told(person, "in_effect")) == 1
    assert strikes.standing(account=account, at=now()).points == 1


def test_a_rate_limit(li, gateway):
    _person, account = li
    service, key = make_service(), make_key(account)
    decide(account, action=Action.RATE_LIMIT, limits={"requests_per_minute": 60}, **AT_ONCE)
    work()
    answer = gateway(key, service)
    assert (answer["decision"], answer["limits"]) == ("limit", {"requests_per_minute": 60})


def test_output_is_withheld_and_counts_between_a_limit_and_a_suspension(li, gateway):
    person, account = li
    service, other = make_service(), make_service("text-generation")
    key = make_key(account)
    decide(account, action=Action.RATE_LIMIT, limits={"requests_per_minute": 60}, **AT_ONCE)
    blocked = decide(
        account, kind="output_restriction", action=Action.OUTPUT_RESTRICTION, **AT_ONCE
    )
    work()
    answer = gateway(key, service)
    assert (answer["decision"], answer["code"]) == ("deny", "output_blocked")
    assert (answer["measure"], answer["limits"]) == ("output_block", None)
    decide(account, kind="leak", action=Action.PARTIAL_SUSPENSION, service=service, **AT_ONCE)
    work()
    assert gateway(key, service)["code"] == "restricted"
    assert gateway(key, other)["code"] == "output_blocked"
    overturn(blocked, person)
    work()
    assert gateway(key, other)["decision"] == "limit"


def test_money_is_put_aside_and_released(li, gateway):
    person, account = li
    pay_in(account, 100)
    decision = decide(account, action=Action.LEDGER_HOLD, amount=100_000_000)
    work()
    account.wallet.refresh_from_db()
    assert (account.wallet.balance, account.wallet.held) == (0, 100_000_000)
    overturn(decision, person)
    account.wallet.refresh_from_db()
    assert (account.wallet.balance, account.wallet.held) == (100_000_000, 0)


def test_content_is_ordered_away(li, mailbox):
    _person, account = li
    order = {"what": "delete", "target": "img/17", "instruction": "All copies", "hours": 24}
    decision = decide(account, kind="content_order", action=Action.CONTENT_ORDER, order=order)
    sent = ContentOrder.objects.get(decision=decision)
    assert (sent.what, sent.target) == ("delete", "img/17")
    work()
    assert len(mailbox.to("li@example.com")) == 1


def test_clause_and_policy_rewritten_the_old_statement_stays(li):
    _person, account = li
    policy = make_policy()
    decision = decide(account, policy=policy)
    before = {one.language: (one.text, bytes(one.pdf)) for one in decision.statements.all()}
    newer = make_clause_with_texts(version=2, words="Other words altogether")
    if not policy.bindings.filter(clause=newer).exists():
        PolicyBinding.record(policy=policy, clause=newer)
    write_version(policy, 2, words="Rewritten")
    decision.account.name = "Renamed"
    decision.account.save(update_fields=["name"])
    again = Decision.objects.get(pk=decision.pk)
    assert {one.language: (one.text, bytes(one.pdf)) for one in again.statements.all()} == before
    assert "No spam" in before["en"][0]
    assert "不得滥用" in before["zh-hans"][0]
    # The next decision says what holds by then.
    later = decide(account, policy=policy, kind="leak")
    assert "Rewritten" in later.statements.get(language="en").text
    assert "Other words altogether" in later.statements.get(language="en").text


def test_varied_on_appeal_then_decided_anew(li, gateway):
    person, account = li
    service, key = make_service(), make_key(account)
    officer = make_officer()
    before = decide(account, by=officer, **AT_ONCE)
    work()
    made = appeals.appeal(decision=before, by=person, text="Too hard", at=now())
    appeals.decide(
        appeal=made,
        result="varied",
        reasons_zh_hans="改为警告。",
        reasons_en="A warning is enough.",
        decided_by=make_supervisor(),
        at=now(),
    )
    assert gateway(key, service)["decision"] == "allow"
    case = Case.objects.get(pk=before.case_id)
    assert case.state == "investigating"
    after = propose(account, by=officer, case=case, action=Action.WARNING, supersedes=before)
    approve(after)
    work()
    assert Case.objects.get(pk=case.pk).state == "decided"
    assert gateway(key, service)["decision"] == "allow"
    cases.close(case=case, by=officer, reason="Done", at=now())
    happened = CaseEvent.objects.filter(case=case).values_list("what", flat=True)
    assert list(happened)[-3:] == ["statement_made", "decision_effective", "closed"]
