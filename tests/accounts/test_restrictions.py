"""Restrictions begin for many accounts at once, and are lifted again."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError

from accounts import restrictions
from accounts.access import decide
from accounts.models import Lifting, Restriction
from accounts.service_changes import Suspension
from common import clock
from common.changes import Effect, kinds_of_change
from tests.accounts.making import make_account, make_clause, make_person, make_service


@pytest.fixture
def accounts(ungated, db):
    return sorted([make_account(), make_account()], key=lambda account: account.pk)


def impose(accounts, *, change, not_before=None, clause_id=None, **fields):
    return restrictions.impose(
        change=change,
        opened=dict.fromkeys([account.pk for account in accounts], not_before or clock.now()),
        clause_id=clause_id or make_clause().pk,
        **{
            "service_id": None,
            "reason_zh_hans": "测试",
            "reason_en": "a test",
            "ends_at": None,
            **fields,
        },
    )


def test_a_restriction_begins_at_once_for_each_account(accounts):
    service = make_service()

    begun = impose(accounts, change=uuid.uuid4(), service_id=service.pk)

    assert begun == [account.pk for account in accounts]
    for account in accounts:
        decision = decide(account=account, service=service, at=clock.now())
        assert (decision.allowed, decision.reason_en) == (False, "a test")


def test_imposing_again_reaches_only_accounts_not_yet_reached(accounts):
    change = uuid.uuid4()
    impose(accounts[:1], change=change)

    assert impose([*accounts, *accounts], change=change) == [accounts[1].pk]
    assert Restriction.objects.count() == 2


def test_many_accounts_take_one_statement(accounts, django_assert_num_queries):
    fields = {"clause_id": make_clause().pk, "not_before": clock.now()}

    with django_assert_num_queries(1):
        impose(accounts, change=uuid.uuid4(), **fields)


def test_imposing_before_the_permit_allows_is_refused_by_the_database(accounts):
    with pytest.raises(IntegrityError, match="before their permit allows"):
        impose(accounts, change=uuid.uuid4(), not_before=clock.now() + timedelta(hours=1))


def test_without_a_gate_nothing_is_imposed(db):
    with pytest.raises(IntegrityError):
        impose([make_account()], change=uuid.uuid4())


def test_lifting_gives_access_back_to_the_accounts_named(accounts):
    change, compliance = uuid.uuid4(), make_person()
    impose(accounts, change=change)

    lifted = restrictions.lift(
        change=change,
        account_ids=[accounts[0].pk],
        lifted_by=compliance,
        reason="a mistake",
    )

    assert lifted == [accounts[0].pk]
    at = clock.now()
    assert decide(account=accounts[0], service=None, at=at).allowed
    assert not decide(account=accounts[1], service=None, at=at).allowed
    lifting = Lifting.objects.get()
    assert (lifting.lifted_by, lifting.reason) == (compliance, "a mistake")


def test_lifting_again_lifts_nothing_more(accounts):
    change, compliance = uuid.uuid4(), make_person()
    impose(accounts, change=change)
    impose(accounts, change=uuid.uuid4())

    def lift():
        return restrictions.lift(
            change=change, account_ids=None, lifted_by=compliance, reason="over"
        )

    assert lift() == [account.pk for account in accounts]
    assert lift() == []
    assert Lifting.objects.count() == 2


def test_liftings_come_in_portions_when_asked_for(accounts):
    change, compliance = uuid.uuid4(), make_person()
    impose(accounts, change=change)

    def lift():
        return restrictions.lift(
            change=change, account_ids=None, at_most=1, lifted_by=compliance, reason="over"
        )

    assert [lift(), lift(), lift()] == [[accounts[0].pk], [accounts[1].pk], []]


def test_what_has_ended_by_itself_is_not_lifted(accounts):
    change = uuid.uuid4()
    ends_at = clock.now() + timedelta(milliseconds=100)
    impose(accounts, change=change, ends_at=ends_at)
    while clock.now() < ends_at:
        pass

    lifted = restrictions.lift(
        change=change, account_ids=None, lifted_by=make_person(), reason="late"
    )

    assert lifted == []


def test_a_suspension_is_a_kind_of_change_that_takes_effect_and_is_lifted(accounts):
    suspension = kinds_of_change.get("suspension")
    assert isinstance(suspension, Suspension)
    effect = Effect(
        change=uuid.uuid4(),
        clause_id=make_clause().pk,
        service_id=None,
        reason_zh_hans="测试",
        reason_en="a test",
        ends_at=None,
    )
    ids = [account.pk for account in accounts]

    assert suspension.take_effect(effect, opened=dict.fromkeys(ids, clock.now())) == ids
    assert not decide(account=accounts[0], service=None, at=clock.now()).allowed
    lifted = suspension.lift(
        effect.change, account_ids=None, lifted_by=make_person(), reason="over"
    )
    assert lifted == ids
    assert decide(account=accounts[0], service=None, at=clock.now()).allowed
