"""What the database refuses to the app role about the effects of a change of any kind."""

import json

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import amendments
from accounts.models import Permit
from common.clock import now
from notices import gate
from tests.accounts.making import (
    make_clause,
    make_key,
    make_model,
    make_region,
    make_service,
)
from tests.notices.making import (
    approve,
    make_announced,
    make_customer,
    plan,
    propose,
)
from tests.stories.telling import make_version

pytestmark = pytest.mark.django_db


def run(sql, params=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else None


def refused(sql, params=(), match=None):
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        run(sql, params)


@pytest.fixture
def account():
    return make_customer()[1]


def due(account, clock, **contents):
    change = make_announced(account, **contents)
    clock.set(max(gate.earliest_effect(change, account), change.effective_at))
    return change


def restriction(change, permit, **columns):
    row = {
        "permit_id": permit.pk,
        "account_id": permit.account_id,
        "clause_id": change.clause_id,
        "service_id": change.service_id,
        "model_id": change.model_id,
        "region_id": change.region_id,
        "api_key_id": None,
        "measure": "limit" if change.limits else "suspend",
        "limits": json.dumps(change.limits),
        "reason_zh_hans": "",
        "reason_en": "",
        **columns,
    }
    names = ", ".join(row)
    return (
        f"INSERT INTO accounts_restriction (id, starts_at, {names})"
        f" VALUES (gen_random_uuid(), common_now(), {', '.join(['%s'] * len(row))})",
        list(row.values()),
    )


def permitted(change, account):
    permit = Permit.record(change=change.uuid, account=account, not_before=now())
    permit.refresh_from_db()
    return permit


def test_a_restriction_is_no_wider_in_model_region_or_measure(account, clock):
    service = make_service()
    model, region = make_model(service), make_region("cn-north")
    other = make_model(service, slug="other")
    change = due(account, clock, service=service, model=model, region=region)
    permit = permitted(change, account)
    for wider in (
        {"model_id": None},
        {"model_id": other.pk},
        {"region_id": None},
        {"measure": "disable"},
        {"measure": "terminate"},
        {"clause_id": make_clause("11").pk},
    ):
        refused(*restriction(change, permit, **wider), match="than its change|check")
    with transaction.atomic():
        run(*restriction(change, permit))


def test_a_restriction_is_no_tighter_in_its_limits(account, clock):
    change = due(account, clock, kind="usage_limit", limits={"requests_per_minute": 60})
    permit = permitted(change, account)
    for limits in ({"requests_per_minute": 1}, {"tokens_per_day": 60}):
        refused(*restriction(change, permit, limits=json.dumps(limits)), match="than its change")
    refused(*restriction(change, permit, measure="suspend", limits="{}"), match="than its change")
    with transaction.atomic():
        run(*restriction(change, permit))


def test_a_restriction_of_a_key_is_of_that_key(account, clock):
    named, other = make_key(account), make_key(account)
    change = due(account, clock, api_keys=[named])
    permit = permitted(change, account)
    for wider in ({}, {"api_key_id": other.pk}):
        refused(*restriction(change, permit, **wider), match="than its change")
    with transaction.atomic():
        run(*restriction(change, permit, api_key_id=named.pk))


def test_the_keys_of_a_proposed_change_stay_fixed(account):
    key = make_key(account)
    change = plan(account, api_keys=[key])
    propose(change)
    refused("DELETE FROM notices_concernedkey", match="while it is a draft")
    refused(
        "INSERT INTO notices_concernedkey (change_id, api_key_id) VALUES (%s, %s)",
        [change.pk, make_key(account).pk],
        match="while it is a draft",
    )


@pytest.mark.parametrize("kind", ["service_change", "amendment"])
def test_what_takes_nothing_away_restricts_nobody(account, clock, kind):
    contents = {"kind": kind, "in_days": 9}
    if kind == "amendment":
        contents |= {"service": None, "agreement_version": make_version(2)}
        make_version(1)
    change = due(account, clock, **contents)
    refused(*restriction(change, permitted(change, account)), match="than its change")


def in_force(permit, version):
    return (
        "INSERT INTO accounts_versioninforce (permit_id, account_id, version_id, since)"
        " VALUES (%s, %s, %s, common_now())",
        [permit.pk, permit.account_id, version.pk],
    )


def test_only_the_version_that_was_announced_comes_into_force(account, clock):
    version, other = make_version(2), make_version(3)
    change = make_announced(
        account, kind="amendment", service=None, agreement_version=version, in_days=9
    )
    clock.set(change.effective_at)
    permit = permitted(change, account)
    refused(*in_force(permit, other), match="never offered")
    with transaction.atomic():
        run(*in_force(permit, version))


def test_a_suspension_brings_no_version_into_force(account, clock):
    change = due(account, clock)
    version = make_version(2)
    amendments.offer(change=change.uuid, version_id=version.pk)
    refused(*in_force(permitted(change, account), version), match="by the amendment")


def platform(change, **columns):
    row = {
        "change": change.uuid,
        "clause_id": change.clause_id,
        "service_id": change.service_id,
        "measure": "suspend",
        "limits": "{}",
        "reason_zh_hans": "",
        "reason_en": "",
        **columns,
    }
    names = ", ".join(row)
    return (
        f"INSERT INTO accounts_platformrestriction (id, starts_at, {names})"
        f" VALUES (gen_random_uuid(), common_now(), {', '.join(['%s'] * len(row))})",
        list(row.values()),
    )


def incident(**contents):
    return plan(
        **{
            "kind": "incident",
            "audience": "everyone",
            "clause": make_clause("11"),
            "in_days": 0,
            "at_once": True,
            "grounds": "Fire",
            **contents,
        }
    )


def test_nothing_is_taken_from_everybody_without_an_approved_incident(account, clock):
    suspension = due(account, clock)
    refused(*platform(suspension), match="without an approved incident")
    change = incident(service=suspension.service)
    refused(*platform(change), match="without an approved incident")
    propose(change)
    refused(*platform(change), match="without an approved incident")
    approve(change)
    for wider in ({"service_id": None}, {"clause_id": suspension.clause_id}):
        refused(*platform(change, **wider), match="without an approved incident")
    with transaction.atomic():
        run(*platform(change))
