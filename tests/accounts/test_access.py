"""What is asked of access, and what it answers."""

from datetime import timedelta

import pytest

from accounts import conditions
from accounts.access import (
    Code,
    decide,
    decide_for_account,
    decide_for_key,
    decide_for_organization,
    state_of,
)
from accounts.conditions import ConditionSource
from accounts.models import AgreementVersion, Condition, Lifting, Publication
from common import clock
from tests.accounts.making import (
    make_account,
    make_clause,
    make_key,
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


def test_nothing_speaks_against_access(account, service):
    decision = decide(account=account, service=service, at=clock.now())

    assert decision.allowed
    assert decision.code is Code.ALLOWED
    assert decision.account == account.public_id
    assert decision.reason_in("en") == ""


def test_a_restriction_denies_with_clause_reason_and_reference(account, service):
    since = clock.now() + HOUR
    restriction = restrict(account, since=since, until=since + HOUR, clause=make_clause("1.2.6"))

    decision = decide(account=account, service=service, at=since)

    assert not decision.allowed
    assert decision.code is Code.RESTRICTED
    assert (decision.document, decision.version, decision.clause) == (
        "terms",
        1,
        "1.2.6",
    )
    assert decision.reason_in("zh-hans") == "欠费"
    assert decision.reason_in("en") == "Fees are overdue"
    assert (decision.since, decision.until) == (since, since + HOUR)
    assert decision.reference == str(restriction.pk)


def test_a_restriction_holds_from_its_first_moment_until_its_end(account, service):
    since = clock.now() + HOUR
    until = since + HOUR
    restrict(account, since=since, until=until)
    moment = timedelta(microseconds=1)

    def allowed(at):
        return decide(account=account, service=service, at=at).allowed

    assert allowed(since - moment)
    assert not allowed(since)
    assert not allowed(until - moment)
    assert allowed(until)


def test_a_lifted_restriction_no_longer_denies(account, service):
    restriction = restrict(account)
    at = clock.now() + HOUR
    assert not decide(account=account, service=service, at=at).allowed

    Lifting.record(restriction=restriction, lifted_by=account.holder, reason="paid")

    assert decide(account=account, service=service, at=at).allowed


def test_a_lifting_has_no_effect_on_the_time_before_it(account, service):
    restriction = restrict(account)
    restriction.refresh_from_db()
    Lifting.record(restriction=restriction, lifted_by=account.holder, reason="paid")

    assert not decide(account=account, service=service, at=restriction.starts_at).allowed


def test_a_restriction_of_one_service_leaves_the_others_alone(account, service):
    speech = make_service("speech-synthesis")
    restrict(account, service=service)
    at = clock.now() + HOUR

    assert not decide(account=account, service=service, at=at).allowed
    assert decide(account=account, service=speech, at=at).allowed
    assert decide(account=account, service=None, at=at).allowed


def test_a_restriction_of_one_key_leaves_the_others_alone(account, service):
    leaked, other = make_key(account), make_key(account)
    restrict(account, api_key=leaked)
    at = clock.now() + HOUR

    assert not decide(account=account, api_key=leaked, service=service, at=at).allowed
    assert decide(account=account, api_key=other, service=service, at=at).allowed
    assert decide(account=account, service=service, at=at).allowed


def test_a_restriction_of_another_account_is_none_of_ours(account, service):
    restrict(make_account())

    assert decide(account=account, service=service, at=clock.now() + HOUR).allowed


def test_of_several_denials_the_one_that_lasts_longest_is_shown(account, service):
    start = clock.now() + HOUR
    restrict(account, since=start, until=start + 2 * HOUR, reason_en="short")
    restrict(account, since=start + HOUR, until=start + 9 * HOUR, reason_en="long")
    at = start + HOUR
    assert decide(account=account, service=service, at=at).reason_en == "long"

    restrict(account, since=start + HOUR, reason_en="without end")
    assert decide(account=account, service=service, at=at).reason_en == "without end"


def test_of_denials_that_last_equally_long_the_earliest_is_shown(account, service):
    start = clock.now() + HOUR
    restrict(account, since=start + HOUR, reason_en="second")
    restrict(account, since=start, reason_en="first")

    assert decide(account=account, service=service, at=start + HOUR).reason_en == "first"


@pytest.fixture
def consent_due():
    source = ConditionSource(
        name="test_due",
        label="Wallet empty",
        clause_number="1.2.1",
        reason_zh_hans="请同意",
        reason_en="Please agree",
    )
    conditions.sources.register(source)
    yield source
    del conditions.sources._members[source.name]


def test_an_open_condition_denies_until_it_is_cleared(account, service, consent_due):
    Publication.record(version=make_clause(version=2).version)
    make_clause(version=3)  # not published: nobody is asked to accept it yet
    since = clock.now()
    condition = Condition.objects.create(account=account, source="test_due", since=since)

    decision = decide(account=account, service=service, at=since)
    assert decision.code is Code.CONDITION
    assert (decision.document, decision.version, decision.clause) == (
        "terms",
        2,
        "1.2.1",
    )
    assert decision.reason_in("en") == "Please agree"
    assert (decision.since, decision.until) == (since, None)
    assert decide(account=account, service=service, at=since - HOUR).allowed

    condition.cleared_at = since + HOUR
    condition.save()
    assert not decide(account=account, service=service, at=since).allowed
    assert decide(account=account, service=service, at=since + HOUR).allowed


def test_a_condition_nobody_explains_any_more_still_denies(account, service):
    Condition.objects.create(account=account, source="forgotten", since=clock.now())

    decision = decide(account=account, service=service, at=clock.now())

    assert decision.code is Code.CONDITION
    assert decision.clause == ""
    assert "account page" in decision.reason_en


def test_the_gateway_asks_by_the_digest_of_a_key(account, service):
    key = make_key(account)

    decision = decide_for_key(digest=key.digest, service=service.slug, at=clock.now())

    assert decision.allowed
    assert decision.account == account.public_id


def test_an_unknown_key_is_denied(account, service):
    decision = decide_for_key(digest="0" * 64, service=service.slug, at=clock.now())

    assert decision.code is Code.KEY_UNKNOWN
    assert decision.account == ""


def test_a_key_of_another_account_is_unknown_here(account, service):
    key = make_key(make_account())

    decision = decide(account=account, api_key=key, service=service, at=clock.now())

    assert decision.code is Code.KEY_UNKNOWN


def test_a_revoked_key_is_denied_from_its_revocation(account, service):
    key, at = make_key(account), clock.now()
    key.revoke(at=at)

    decision = decide_for_key(digest=key.digest, service=service.slug, at=at)

    assert (decision.code, decision.since) == (Code.KEY_REVOKED, at)
    assert decide_for_key(digest=key.digest, service=service.slug, at=at - HOUR).allowed


def test_an_expired_key_is_denied_from_its_expiry(account, service):
    at = clock.now() + HOUR
    key = make_key(account, expires_at=at)

    decision = decide_for_key(digest=key.digest, service=service.slug, at=at)

    assert (decision.code, decision.since) == (Code.KEY_EXPIRED, at)
    assert decide_for_key(digest=key.digest, service=service.slug, at=at - HOUR).allowed


def test_a_key_that_lists_services_is_for_these_only(account, service):
    key, speech = make_key(account), make_service("speech-synthesis")
    key.services.add(service)

    allowed = decide(account=account, api_key=key, service=service, at=clock.now())
    denied = decide(account=account, api_key=key, service=speech, at=clock.now())
    in_general = decide(account=account, api_key=key, service=None, at=clock.now())

    assert allowed.allowed
    assert denied.code is Code.SERVICE_NOT_ALLOWED
    assert in_general.allowed


def test_an_unknown_service_is_denied(account):
    decision = decide_for_account(
        public_id=account.public_id, service="time-travel", at=clock.now()
    )

    assert decision.code is Code.SERVICE_UNKNOWN
    assert decision.reason_zh_hans
    assert decision.reason_en


def test_a_retired_service_is_denied(account):
    at = clock.now()
    service = make_service(retired_at=at)

    decision = decide_for_account(public_id=account.public_id, service=service.slug, at=at)

    assert (decision.code, decision.since) == (Code.SERVICE_RETIRED, at)


def test_an_unknown_account_is_denied(account, service):
    decision = decide_for_account(public_id="acc_x", service=service.slug, at=clock.now())

    assert decision.code is Code.ACCOUNT_UNKNOWN


def test_whoever_means_an_organization_is_not_answered_about_a_person(service):
    of_a_person, company = make_account(), make_account(kind="organization")
    asked = {"service": service.slug, "at": clock.now()}

    decision = decide_for_organization(public_id=of_a_person.public_id, **asked)

    assert decision.code is Code.ORGANIZATION_UNKNOWN
    assert decide_for_organization(public_id=company.public_id, **asked).allowed


def test_a_decision_takes_one_query(account, service, django_assert_num_queries):
    restrict(account)
    at = clock.now() + HOUR

    with django_assert_num_queries(1):
        decide(account=account, service=service, at=at)


def test_the_state_of_an_account_lists_services_on_sale_in_their_order(account):
    make_service("speech-synthesis", position=2)
    make_service("text-generation", position=1)
    make_service("old", position=0, retired_at=clock.now())

    states = state_of(account=account, at=clock.now())

    assert [state.service.slug for state in states] == [
        "text-generation",
        "speech-synthesis",
    ]
    assert all(state.allowed and state.upcoming is None for state in states)


def test_the_state_of_an_account_says_per_service_what_holds_and_what_comes(account, service):
    speech = make_service("speech-synthesis", position=1)
    start = clock.now() + HOUR
    until = start + 3 * HOUR
    restriction = restrict(account, service=service, since=start, until=until)
    restrict(account, service=speech, since=start + 2 * HOUR, reason_en="the later one")
    restrict(account, service=speech, since=start + HOUR, reason_en="the next one")

    image, voice = state_of(account=account, at=start)

    assert not image.allowed
    assert (image.since, image.until, image.clause) == (start, until, "1.3")
    assert image.reference == str(restriction.pk)
    assert image.reason_in("en") == "Fees are overdue"
    assert image.upcoming is None
    assert voice.allowed
    assert voice.upcoming is not None
    assert voice.upcoming.since == start + HOUR
    assert voice.upcoming.reason_en == "the next one"


def test_the_state_of_an_account_takes_two_queries_however_many_services(
    account, django_assert_num_queries
):
    for number in range(9):
        make_service(f"service-{number}")
    restrict(account)
    at = clock.now() + HOUR

    with django_assert_num_queries(2):
        states = state_of(account=account, at=at)

    assert [state.allowed for state in states] == [False] * 9


def test_the_state_of_an_account_leaves_out_what_concerns_one_key(account, service):
    restrict(account, api_key=make_key(account))

    (state,) = state_of(account=account, at=clock.now() + HOUR)

    assert state.allowed


def test_an_answer_for_a_version_without_publication_names_no_version(account, service):
    make_clause()
    assert not AgreementVersion.objects.published().exists()
    Condition.objects.create(account=account, source="forgotten", since=clock.now())

    decision = decide(account=account, service=service, at=clock.now())

    assert (decision.document, decision.version) == ("", None)
