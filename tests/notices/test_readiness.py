"""What keeps a draft from being proposed: a sentence for each thing that is missing."""

from datetime import timedelta

import pytest

from accounts import agreements
from accounts.models import Publication
from accounts.service_changes import Suspension
from common.changes import kinds_of_change
from common.clock import now
from notices import changes, readiness
from notices.models import LeadPolicy, ServiceChange
from tests.accounts.making import make_clause, make_key, make_model, make_region, make_service
from tests.notices.making import (
    make_announced,
    make_customer,
    make_officer,
    make_organization,
    plan,
    propose,
)
from tests.stories.telling import make_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def sentences(change):
    return " ".join(readiness.missing(ServiceChange.objects.get(pk=change.pk), at=now()))


@pytest.fixture
def account():
    return make_customer()[1]


def test_nothing_is_missing(account):
    assert sentences(plan(account)) == ""


# What is wrong with a draft, and the words that say so.
WRONG = {
    "no accounts": (lambda _a: {"accounts": ()}, "at least one account"),
    "a rule that fits nobody": (
        lambda _a: {"accounts": (), "audience": "rule", "rule": {"regions": [make_region().pk]}},
        "fits no account",
    ),
    "too early": (lambda _a: {"in_days": 2}, "people told now may feel it from"),
    "keys of strangers": (
        lambda _a: {"api_keys": [make_key(make_customer()[1])]},
        "were not chosen",
    ),
    "a limit without limits": (lambda _a: {"kind": "usage_limit"}, "at least one limit"),
    "limits of no limit": (lambda _a: {"limits": {"tokens_per_day": 1}}, "no such limits"),
    "a scope that is none": (
        lambda _a: {"kind": "permanent_disabling", "in_days": 40},
        "cannot be narrowed to: service",
    ),
    "keys of a termination": (
        lambda a: {"kind": "termination", "in_days": 40, "api_keys": [make_key(a)]},
        "cannot be narrowed to: API keys",
    ),
    "no version": (
        lambda _a: {"kind": "amendment", "service": None, "in_days": 9},
        "Choose the version",
    ),
    "a version of nothing": (
        lambda _a: {"agreement_version": make_version(2)},
        "brings no version",
    ),
    "an amendment at once": (
        lambda _a: {
            "kind": "amendment",
            "service": None,
            "at_once": True,
            "grounds": "x",
            "agreement_version": make_version(2),
        },
        "always announced beforehand",
    ),
    "an incident ahead": (
        lambda _a: {"kind": "incident", "accounts": (), "audience": "everyone"},
        "always acts at once",
    ),
    "an incident for some": (
        lambda _a: {"kind": "incident", "at_once": True, "grounds": "x"},
        "felt by everybody",
    ),
    "an end that is none": (
        lambda _a: {"kind": "termination", "in_days": 40, "ends_at": now() + timedelta(days=90)},
        "has no end",
    ),
    "an unknown kind": (lambda _a: {"kind": "suspension_of_belief"}, "No kind of change"),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_thing_that_is_wrong_has_its_sentence(account, name):
    contents, sentence = WRONG[name]
    fields = {"accounts": (account,), **contents(account)}
    accounts = fields.pop("accounts")
    if fields.get("kind") == "suspension_of_belief":
        change = plan(*accounts)
        ServiceChange.objects.filter(pk=change.pk).update(kind=fields["kind"])
    else:
        change = plan(*accounts, **fields)
    assert sentence in sentences(change)


def test_a_model_of_another_service(account):
    model = make_model(make_service("text-generation"))
    assert "another service" in sentences(plan(account, model=model))


def test_a_version_needs_its_texts_and_is_the_newest(account):
    fields = {"kind": "amendment", "service": None, "in_days": 9}
    bare = make_clause("14.3", version=2).version
    assert "no text in" in sentences(plan(account, agreement_version=bare, **fields))
    Publication.record(version=make_version(3))
    older = make_version(2)
    assert "newer version" in sentences(plan(account, agreement_version=older, **fields))


def test_a_severed_clause(account):
    change = plan(account)
    agreements.sever(clause=change.clause, severed_by=make_officer(), reason="Void by court")
    assert "is severed" in sentences(change)


class Slowdown(Suspension):
    """A kind that an app has contributed, and nobody has decided or written anything for."""

    name = "slowdown"


def test_without_a_policy_or_texts(account):
    kinds_of_change.register(Slowdown())
    try:
        found = sentences(plan(account, kind="slowdown"))
    finally:
        del kinds_of_change._members["slowdown"]
    assert "There is no lead time" in found
    # Each phase, channel and language: five, four and two.
    assert found.count("No text:") == 40


def test_a_correction_of_what_is_over(account):
    first = make_announced(account)
    correction = changes.correct(change=first, planned_by=make_officer())
    assert sentences(correction) == ""
    ServiceChange.objects.filter(pk=first.pk).update(state="withdrawn")
    assert "cannot be replaced any more" in sentences(correction)


def test_the_latest_of_all_zones_decides_and_nothing_else(account, clock):
    clock.set(now().replace(hour=12, minute=0))
    person, _own = make_customer()
    change = plan(account, make_organization(person, time_zone="Pacific/Pago_Pago"))
    near = plan(account, service=change.service)
    far_first = readiness.earliest_for_all(change, at=now())
    assert far_first > readiness.earliest_for_all(near, at=now())
    everybody = plan(audience="everyone", service=change.service)
    assert readiness.earliest_for_all(everybody, at=now()) == far_first
    at_once = plan(account, at_once=True, grounds="x", service=change.service)
    moment = now()
    assert readiness.earliest_for_all(at_once, at=moment) == moment
    assert readiness.too_early(at_once, at=moment) == ""


def test_a_policy_that_counts_is_the_newest(account):
    change = plan(account)
    LeadPolicy.record(
        kind="suspension",
        version=2,
        lead_days=60,
        counted_channels=["sms"],
        reason="Longer",
    )
    assert "people told now may feel it from" in sentences(change)
    propose_later = plan(account, service=change.service, in_days=62)
    propose(propose_later)
    assert ServiceChange.objects.get(pk=propose_later.pk).lead_policy.version == 2
