"""What is narrowed to a model, a region or a key; limits; incidents that concern everybody."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts import incidents
from accounts.access import Code, decide, decide_for_account, decide_for_key, state_of
from accounts.models import ApiKey, PlatformLifting, PlatformRestriction
from common import clock
from common.changes import Effect, kinds_of_change
from tests.accounts.making import (
    make_account,
    make_clause,
    make_key,
    make_model,
    make_person,
    make_region,
    make_service,
    restrict,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def account(ungated, db):
    return make_account()


@pytest.fixture
def service(account):
    return make_service()


@pytest.fixture
def model(service):
    return make_model(service)


@pytest.fixture
def region(account):
    return make_region()


@pytest.fixture
def at(account):
    return clock.now() + HOUR


def limit(account, **limits):
    return restrict(account, measure="limit", limits=limits)


def declare(at, **fields):
    scope = {"service_id": None, "model_id": None, "region_id": None}
    return incidents.declare(
        change=uuid.uuid4(),
        clause_id=make_clause("11").pk,
        reason_zh_hans="机房停电",
        reason_en="Power is out",
        at=at,
        ends_at=None,
        **{**scope, **fields},
    )


def test_a_restriction_of_a_model_leaves_its_service_and_other_models_alone(
    account, service, model, at
):
    other = make_model(service, "painter-3")
    restrict(account, model=model)

    assert not decide(account=account, service=service, model=model, at=at).allowed
    assert not decide(account=account, service=None, model=model, at=at).allowed
    assert decide(account=account, service=service, model=other, at=at).allowed
    assert decide(account=account, service=service, at=at).allowed


def test_a_restriction_of_a_service_takes_its_models_along(account, service, model, at):
    speech = make_service("speech-synthesis")
    voice = make_model(speech, "voice-1")
    restrict(account, service=service)

    assert not decide(account=account, service=service, model=model, at=at).allowed
    assert decide(account=account, service=speech, model=voice, at=at).allowed


def test_a_restriction_of_a_region_leaves_other_regions_alone(account, service, region, at):
    other = make_region("eu-west")
    restrict(account, region=region)

    assert not decide(account=account, service=service, region=region, at=at).allowed
    assert decide(account=account, service=service, region=other, at=at).allowed
    assert decide(account=account, service=service, at=at).allowed


def test_a_scope_is_what_its_parts_have_in_common(account, service, model, region, at):
    key = make_key(account)
    restrict(account, service=service, model=model, region=region, api_key=key)
    exactly = {"api_key": key, "service": service, "model": model, "region": region}

    assert not decide(account=account, **exactly, at=at).allowed
    for part in ("api_key", "model", "region"):
        wider = {**exactly, part: None}
        assert decide(account=account, **wider, at=at).allowed


def test_gateways_ask_by_codes(account, service, model, region, at):
    key = make_key(account)
    restrict(account, model=model, region=region)
    codes = {"service": service.slug, "model": model.slug, "region": region.slug}

    assert not decide_for_key(digest=key.digest, **codes, at=at).allowed
    assert not decide_for_account(public_id=account.public_id, **codes, at=at).allowed


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"model": "time-machine"}, Code.MODEL_UNKNOWN),
        ({"region": "the-moon"}, Code.REGION_UNKNOWN),
    ],
)
def test_what_is_named_and_unknown_is_denied(account, service, at, named, code):
    decision = decide_for_account(public_id=account.public_id, service=service.slug, **named, at=at)

    assert decision.code is code
    assert decision.reason_zh_hans
    assert decision.reason_en


def test_a_model_of_another_service_is_unknown_there(account, service, at):
    voice = make_model(make_service("speech-synthesis"), "voice-1")

    decision = decide(account=account, service=service, model=voice, at=at)

    assert decision.code is Code.MODEL_UNKNOWN


def test_a_retired_model_is_denied_from_its_retirement(account, service, model, at):
    model.retired_at = at
    model.save()

    decision = decide(account=account, service=service, model=model, at=at)

    assert (decision.code, decision.since) == (Code.MODEL_RETIRED, at)
    assert decide(account=account, service=service, model=model, at=at - HOUR).allowed


def test_a_limit_allows_up_to_it(account, service, at):
    restriction = limit(account, requests_per_minute=60)

    decision = decide(account=account, service=service, at=at)

    assert decision.allowed
    assert (decision.code, decision.measure) == (Code.LIMITED, "limit")
    assert decision.limits == {"requests_per_minute": 60}
    assert (decision.clause, decision.reason_en) == ("1.3", "Fees are overdue")
    assert decision.reference == str(restriction.pk)


def test_of_several_limits_the_least_of_each_metric_holds(account, service, model, at):
    limit(account, requests_per_minute=60, tokens_per_day=1_000_000)
    limit(account, requests_per_minute=100, concurrent_requests=2)
    restrict(account, model=model, measure="limit", limits={"tokens_per_day": 10})
    everywhere = {"requests_per_minute": 60, "tokens_per_day": 1_000_000, "concurrent_requests": 2}

    assert decide(account=account, service=service, at=at).limits == everywhere
    assert decide(account=account, service=service, model=model, at=at).limits == {
        **everywhere,
        "tokens_per_day": 10,
    }


def test_a_denial_is_shown_before_a_limit_that_lasts_longer(account, service, at):
    limit(account, requests_per_minute=60)
    restrict(account, until=at + HOUR, measure="terminate")

    decision = decide(account=account, service=service, at=at)

    assert (decision.allowed, decision.code) == (False, Code.RESTRICTED)
    assert (decision.measure, decision.limits) == ("terminate", {})


# From the most severe to the least; each with a clause of its own.
BY_SEVERITY = [
    ("key unknown", None),
    ("disabled", {"measure": "disable"}),
    ("disabled in part", {"measure": "disable", "part": True}),
    ("ended", {"measure": "terminate"}),
    ("ended in part", {"measure": "terminate", "part": True}),
    ("suspended", {"measure": "suspend"}),
    ("suspended in part", {"measure": "suspend", "part": True}),
    ("output withheld", {"measure": "output_block"}),
    ("output withheld in part", {"measure": "output_block", "part": True}),
    ("limited", {"measure": "limit", "limits": {"requests_per_minute": 60}}),
    ("limited in part", {"measure": "limit", "limits": {"requests_per_minute": 9}, "part": True}),
]


@pytest.mark.parametrize("milder", range(1, len(BY_SEVERITY)))
@pytest.mark.parametrize("part", ["service", "key"])
def test_the_most_severe_is_named_however_long_the_others_last(account, service, at, milder, part):
    """Every pair of the table: the severe one ends soon and began late, the milder never ends."""
    for severe in range(milder):
        name, fields = BY_SEVERITY[severe]
        holder = make_account()
        own = make_key(holder)
        parts = {"service": service} if part == "service" else {"api_key": own}

        def begin(fields, number, holder=holder, parts=parts, **when):
            given = dict(fields)
            narrowed = parts if given.pop("part", False) else {}
            return restrict(holder, clause=make_clause(number), **given, **narrowed, **when)

        begin(BY_SEVERITY[milder][1], "2.2.8")
        if fields is None:
            stranger = make_key(make_account())
            found = decide(account=holder, api_key=stranger, service=service, at=at)
            assert found.code is Code.KEY_UNKNOWN, name
            continue
        begin(fields, "2.2.5", since=at - HOUR / 2, until=at + HOUR)
        found = decide(account=holder, api_key=own, service=service, at=at)
        assert found.clause == "2.2.5", (name, BY_SEVERITY[milder][0])
        assert found.measure == fields["measure"]
        by_key = decide_for_key(digest=own.digest, service=service.slug, at=at)
        assert by_key.clause == "2.2.5"
        # Once it is over, what was there all the time is named again.
        assert decide(account=holder, api_key=own, service=service, at=at + HOUR).clause == "2.2.8"


def test_as_severe_ones_go_by_their_end_then_by_their_beginning(account, service, at):
    start = at - HOUR / 2
    for number, until in (("2.2.1", at + HOUR), ("2.2.2", at + 2 * HOUR)):
        restrict(account, clause=make_clause(number), since=start, until=until)
    assert decide(account=account, service=service, at=at).clause == "2.2.2"
    restrict(account, clause=make_clause("2.2.3"), since=start + HOUR / 4)
    restrict(account, clause=make_clause("2.2.4"), since=start)
    assert decide(account=account, service=service, at=at).clause == "2.2.4"


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"measure": "disable"}, Code.RESTRICTED),
        ({"measure": "terminate"}, Code.RESTRICTED),
        # As severe as a suspension of the whole: the one without an end is shown.
        ({"measure": "suspend"}, Code.KEY_REVOKED),
        ({"measure": "output_block"}, Code.KEY_REVOKED),
        ({"measure": "limit", "limits": {"concurrent_requests": 1}}, Code.KEY_REVOKED),
    ],
)
def test_a_revoked_key_counts_as_a_suspension_of_the_whole(account, service, at, fields, shown):
    key = make_key(account)
    ApiKey.objects.filter(pk=key.pk).update(revoked_at=at - HOUR)
    restrict(account, until=at + HOUR, **fields)
    assert decide(account=account, api_key=key, service=service, at=at).code is shown


def test_the_page_of_an_account_names_the_most_severe_too(account, service, at):
    restrict(account, clause=make_clause("2.2.8"))
    restrict(
        account, measure="disable", clause=make_clause("1.2.6"), since=at - HOUR, until=at + HOUR
    )
    [state] = state_of(account=account, at=at)
    assert state.clause == "1.2.6"


def test_limits_take_one_query(account, service, at, django_assert_num_queries):
    limit(account, requests_per_minute=60)

    with django_assert_num_queries(1):
        assert decide(account=account, service=service, at=at).limits


@pytest.mark.parametrize(
    "fields",
    [
        {"measure": "limit"},
        {"measure": "suspend", "limits": {"requests_per_minute": 1}},
        {"measure": "limit", "limits": {"requests_per_minute": 0}},
        {"measure": "limit", "limits": {"requests_per_minute": 1.5}},
        {"measure": "limit", "limits": {"requests_per_minute": "many"}},
        {"measure": "limit", "limits": [1]},
        {"measure": "annoy"},
    ],
)
def test_a_limit_is_a_number_and_nothing_else_limits(account, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        restrict(account, **fields)


def test_an_incident_concerns_everybody_until_it_is_over(account, service, at):
    speech = make_service("speech-synthesis")
    began = clock.now()
    incident = declare(began, service_id=service.pk)

    for one in (account, make_account()):
        decision = decide(account=one, service=service, at=at)
        assert (decision.allowed, decision.code) == (False, Code.RESTRICTED)
        assert (decision.clause, decision.reason_en) == ("11", "Power is out")
        assert decision.reference == str(incident.pk)
        assert decide(account=one, service=speech, at=at).allowed
    assert decide(account=account, service=service, at=began - HOUR).allowed

    assert incidents.end(change=incident.change, ended_by=make_person(), reason="power is back")

    assert decide(account=account, service=service, at=at).allowed
    assert not decide(account=account, service=service, at=began).allowed
    assert not incidents.end(change=incident.change, ended_by=make_person(), reason="again")
    assert not incidents.end(change=uuid.uuid4(), ended_by=make_person(), reason="what?")


def test_an_incident_may_limit_and_leaves_what_it_does_not_name_alone(account, service, at):
    declare(clock.now(), region_id=make_region().pk)
    declare(clock.now(), limits={"requests_per_minute": 5})
    incident = declare(clock.now(), limits={"requests_per_minute": 3})
    assert PlatformRestriction.objects.get(pk=incident.pk).limits == {"requests_per_minute": 3}

    decision = decide(account=account, service=service, at=at)

    assert (decision.code, decision.limits) == (Code.LIMITED, {"requests_per_minute": 3})


def test_the_state_of_an_account_knows_limits_and_incidents(account, service, model, at):
    speech = make_service("speech-synthesis", position=1)
    limit(account, requests_per_minute=60)
    restrict(account, model=model)
    declare(clock.now(), service_id=speech.pk)

    image, voice = state_of(account=account, at=at)

    assert (image.allowed, image.decision.limits) == (True, {"requests_per_minute": 60})
    assert (voice.allowed, voice.clause) == (False, "11")


def test_the_kind_declares_once_and_is_lifted_for_everybody(account, service, at):
    kind = kinds_of_change.get("incident")
    effect = Effect(
        change=uuid.uuid4(),
        clause_id=make_clause("11").pk,
        service_id=service.pk,
        reason_zh_hans="机房停电",
        reason_en="Power is out",
        ends_at=None,
    )

    assert kind.take_effect(effect, opened={}) == []
    assert kind.take_effect(effect, opened={}) == []
    assert PlatformRestriction.objects.count() == 1
    assert not decide(account=account, service=service, at=at).allowed
    for _again in range(2):
        assert kind.lift(effect.change, account_ids=None, lifted_by=make_person(), reason="x") == []
    assert PlatformLifting.objects.count() == 1
    assert decide(account=account, service=service, at=at).allowed


def test_without_an_approved_change_nothing_is_taken_from_everybody(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        declare(clock.now())
