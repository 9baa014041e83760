"""Deciding how far ahead people are told."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils.translation import override

from accounts.exceptions import NotAllowed, ReasonMissing
from common.clock import now
from common.exceptions import NotRegistered
from notices import gate, lead_policies
from notices.exceptions import DecidedMeanwhile, PolicyIsIncomplete
from notices.models import LeadPolicy, ServiceChange
from tests.notices.making import make_customer, plan, propose
from tests.notices.writing import make_writer

pytestmark = pytest.mark.django_db

UNCHANGED = object()


def make_decider(**fields):
    return make_writer("add_leadpolicy", **fields)


def decide(*, by=None, before=UNCHANGED, **given):
    kind = given.pop("kind", "suspension")
    return lead_policies.decide(
        kind=kind,
        before=gate.current_policy(kind) if before is UNCHANGED else before,
        decided_by=by or make_decider(),
        **{
            "lead_days": 5,
            "required_channels": ["inbox", "announcement"],
            "counted_channels": ["sms", "email"],
            "reason": "Complaints",
            **given,
        },
    )


def test_the_next_version_says_who_decided_and_why():
    before, by = gate.current_policy("suspension"), make_decider()
    policy = decide(by=by)
    assert (policy.version, policy.lead_days) == (before.version + 1, 5)
    assert policy.required_channels == ["announcement", "inbox"]
    assert policy.counted_channels == ["email", "sms"]
    assert (policy.decided_by, policy.reason) == (by, "Complaints")
    assert gate.current_policy("suspension") == policy


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"lead_days": -1}, "Between 0 and 365"),
        ({"lead_days": 366}, "Between 0 and 365"),
        ({"counted_channels": []}, "At least one"),
        ({"counted_channels": ["inbox"]}, "At least one"),
        ({"counted_channels": ["email", "inbox"]}, "can be proven"),
        ({"required_channels": ["pigeon"]}, "no such channel"),
    ],
)
def test_refused_with_a_sentence(given, sentence):
    with override("en"), pytest.raises(PolicyIsIncomplete, match=sentence):
        decide(**given)
    assert gate.current_policy("suspension").version == 1


def test_a_reason_a_kind_and_leave_are_needed():
    with pytest.raises(ReasonMissing):
        decide(reason="  ")
    with pytest.raises(NotRegistered):
        decide(kind="holiday")
    with pytest.raises(NotAllowed):
        decide(by=make_writer())


def test_the_second_of_two_is_told():
    before = gate.current_policy("suspension")
    decide()
    with pytest.raises(DecidedMeanwhile):
        decide(before=before)
    with pytest.raises(DecidedMeanwhile):
        decide(before=None)
    assert LeadPolicy.objects.filter(kind="suspension").count() == 2


def test_of_two_at_the_same_moment_one_is_told(monkeypatch):
    before = gate.current_policy("suspension")
    decide()
    monkeypatch.setattr(gate, "current_policy", lambda _kind: before)
    with pytest.raises(DecidedMeanwhile) as refusal:
        decide(before=before)
    assert isinstance(refusal.value.__cause__, IntegrityError)


def test_what_is_proposed_keeps_its_lead_time_and_drafts_take_the_new_one():
    account = make_customer()[1]
    proposed = plan(account, in_days=6)
    propose(proposed)
    soon = plan(account, in_days=6, service=proposed.service)
    plan(account, in_days=60, service=proposed.service)
    found = lead_policies.consequences(kind="suspension", lead_days=10, at=now())
    assert (found.drafts, found.too_early, found.kept) == (2, [soon], [proposed])
    assert lead_policies.consequences(kind="suspension", lead_days=3, at=now()).too_early == []
    decide(lead_days=10)
    assert ServiceChange.objects.get(pk=proposed.pk).lead_policy.lead_days == 3


def test_nothing_at_once_is_too_early():
    account = make_customer()[1]
    plan(account, in_days=0, at_once=True, grounds="In other hands")
    found = lead_policies.consequences(
        kind="suspension", lead_days=10, at=now() + timedelta(minutes=1)
    )
    assert (found.drafts, found.too_early) == (1, [])
