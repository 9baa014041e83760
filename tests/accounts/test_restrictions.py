"""Restrictions begin for many accounts at once, and are lifted again."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError

from accounts import restrictions
from accounts.access import decide
from accounts.models import Lifting, Permit, Restriction
from accounts.service_changes import Suspension
from common import clock
from common.changes import AtOnce, Effect, Phase, Scope, kinds_of_change
from tests.accounts.making import (
    make_account,
    make_clause,
    make_key,
    make_model,
    make_person,
    make_region,
    make_service,
)


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


def test_a_restriction_is_of_each_named_key_that_is_the_accounts_own(accounts):
    first, second, third = (make_key(accounts[0]), make_key(accounts[0]), make_key(accounts[1]))
    other = make_key(make_account())
    change = uuid.uuid4()
    keys = [first.pk, third.pk, other.pk]

    begun = impose(accounts, change=change, api_key_ids=keys)

    assert begun == [account.pk for account in accounts]
    assert set(Restriction.objects.values_list("api_key_id", "account_id")) == {
        (first.pk, accounts[0].pk),
        (third.pk, accounts[1].pk),
    }
    now = clock.now()
    assert not decide(account=accounts[0], api_key=first, service=None, at=now).allowed
    assert decide(account=accounts[0], api_key=second, service=None, at=now).allowed


def test_an_account_without_any_of_the_keys_is_reached_and_not_restricted(accounts):
    elsewhere = make_key(make_account())

    begun = impose(accounts, change=uuid.uuid4(), api_key_ids=[elsewhere.pk])

    assert begun == [account.pk for account in accounts]
    assert Permit.objects.count() == 2
    assert not Restriction.objects.exists()


def test_all_keys_of_an_account_are_lifted_together(accounts):
    account, change = accounts[0], uuid.uuid4()
    keys = [make_key(account).pk for _ in range(3)]
    impose([account], change=change, api_key_ids=keys)

    lifted = restrictions.lift(
        change=change, account_ids=None, at_most=1, lifted_by=make_person(), reason="over"
    )

    assert lifted == [account.pk]
    assert Lifting.objects.count() == 3


def test_a_limit_of_a_model_in_a_region_is_recorded_as_such(accounts):
    service = make_service()
    model, region = make_model(service), make_region()

    impose(
        accounts[:1],
        change=uuid.uuid4(),
        model_id=model.pk,
        region_id=region.pk,
        measure="limit",
        limits={"tokens_per_minute": 100},
    )

    restriction = Restriction.objects.get()
    assert (restriction.model, restriction.region) == (model, region)
    assert (restriction.measure, restriction.limits) == ("limit", {"tokens_per_minute": 100})


def effect_of(**fields):
    return Effect(
        **{
            "change": uuid.uuid4(),
            "clause_id": make_clause().pk,
            "service_id": None,
            "reason_zh_hans": "测试",
            "reason_en": "a test",
            "ends_at": None,
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("name", "measure", "limits"),
    [
        ("usage_limit", "limit", {"requests_per_minute": 5}),
        ("suspension", "suspend", {}),
        ("termination", "terminate", {}),
        ("permanent_disabling", "disable", {}),
    ],
)
def test_each_kind_that_restricts_says_what_it_does_and_gives_it_back(
    accounts, name, measure, limits
):
    kind, effect = kinds_of_change.get(name), effect_of(limits=limits)
    ids = [account.pk for account in accounts]

    assert kind.take_effect(effect, opened=dict.fromkeys(ids, clock.now())) == ids

    decision = decide(account=accounts[0], service=None, at=clock.now())
    assert (decision.measure, decision.limits) == (measure, limits)
    assert decision.allowed == (measure == "limit")
    kind.lift(effect.change, account_ids=None, lifted_by=make_person(), reason="over")
    assert decide(account=accounts[0], service=None, at=clock.now()).measure == ""


def test_a_service_change_is_proven_by_its_permit_and_takes_nothing_away(accounts):
    kind, effect = kinds_of_change.get("service_change"), effect_of()
    ids = [account.pk for account in accounts]
    opened = dict.fromkeys(ids, clock.now())

    assert kind.take_effect(effect, opened=opened) == ids
    assert kind.take_effect(effect, opened=opened) == []

    assert Permit.objects.filter(change=effect.change).count() == 2
    assert decide(account=accounts[0], service=None, at=clock.now()).code == "allowed"
    assert not kind.liftable


# What may be planned with each kind; whoever changes it changes what staff may do.
RULES = {
    # name: (scopes, at once, may end, liftable)
    "service_change": ({"service", "model", "region"}, AtOnce.ON_GROUNDS, False, False),
    "usage_limit": (set(Scope), AtOnce.ON_GROUNDS, True, True),
    "suspension": (set(Scope), AtOnce.ON_GROUNDS, True, True),
    "termination": ({"service", "model", "region"}, AtOnce.ON_GROUNDS, False, True),
    "permanent_disabling": (set(), AtOnce.ON_GROUNDS, False, True),
    "amendment": (set(), AtOnce.NEVER, False, False),
    "incident": ({"service", "model", "region"}, AtOnce.ALWAYS, True, True),
}


@pytest.mark.parametrize("name", RULES)
def test_what_may_be_planned_with_each_kind(name):
    kind = kinds_of_change.get(name)

    assert (set(kind.scopes), kind.at_once, kind.may_end, kind.liftable) == RULES[name]
    assert kind.amends == (name == "amendment")
    assert kind.platform_wide == (name == "incident")
    assert bool(kind.metrics) == (name == "usage_limit")
    assert (Phase.ANNOUNCED in kind.phases) == (name != "incident")
    assert str(kind.label)
    assert str(kind.description)
