"""How gates stand: counted, and at risk by cause."""

from datetime import timedelta

import pytest

from common.clock import now
from notices import announced, delivering, gate, progress, standings, tasks
from notices.models import Attempt, Delivery, GateAtRisk, ServiceChange
from tests.notices.making import (
    approve,
    make_announced,
    make_customer,
    make_officer,
    make_organization,
    plan,
    propose,
    run_jobs,
)

pytestmark = pytest.mark.django_db


def fresh(change):
    return ServiceChange.objects.get(pk=change.pk)


def risks(change):
    standings.reckon(fresh(change), at=now())
    return dict(change.at_risk.values_list("account", "cause"))


def test_every_gate_is_counted(clock, mailbox, phone_messages):
    accounts = [make_customer(contact_email=f"{n}@example.com")[1] for n in range(3)]
    orphan = make_organization(name="Nobody's")
    change = make_announced(*accounts, orphan)
    announced.leave_out(
        change=change, accounts=accounts[:1], left_out_by=make_officer(), reason="Hardship"
    )
    tally = standings.reckon(fresh(change), at=now())
    assert (tally.accounts, tally.told, tally.untold, tally.exempted) == (4, 2, 1, 1)
    assert (tally.late, tally.passed) == (0, 0)
    assert tally.first_opens_at == tally.last_opens_at == change.effective_at
    assert tally.told_share == 0.5
    clock.set(change.effective_at)
    run_jobs()
    tally = standings.reckon(fresh(change), at=now())
    assert (tally.told, tally.passed) == (2, 2)


def test_windows_add_up(monkeypatch, mailbox, phone_messages):
    accounts = [make_customer(contact_email=f"{n}@example.com")[1] for n in range(5)]
    change = make_announced(*accounts, make_organization(name="Nobody's"))
    whole = standings.reckon(fresh(change), at=now())
    monkeypatch.setattr(standings, "LOOKED_AT", 2)
    parts = standings.reckon(fresh(change), at=now())
    names = ("accounts", "told", "late", "passed", "exempted", "first_opens_at", "last_opens_at")
    assert [getattr(parts, n) for n in names] == [getattr(whole, n) for n in names]
    assert change.at_risk.count() == 1


def test_each_cause_of_risk(clock, monkeypatch, mailbox, phone_messages):
    _ann, fine = make_customer(contact_email="ann@example.com")
    _bob, refused = make_customer(contact_email="bob@example.com")
    _cid, doubtful = make_customer(contact_email="", contact_email_verified_at=None)
    _dee, late = make_customer(contact_email="dee@example.com")
    orphan = make_organization(name="Nobody's")
    change = plan(fine, refused, doubtful, late, orphan)
    propose(change)
    approve(change)
    progress.write_messages()
    Delivery.objects.filter(notice__recipient=doubtful.holder).update(state="unknown")
    Delivery.objects.filter(notice__recipient=refused.holder, channel="sms").update(state="failed")
    Delivery.objects.filter(notice__recipient=refused.holder, channel="email").update(
        state="failed"
    )
    held_back = Delivery.objects.filter(notice__recipient=late.holder)
    held_back.update(not_before=now() + timedelta(days=4))
    run_jobs()
    # Whoever is still being written to is at risk only once it would be too late.
    assert risks(change) == {refused.pk: "undelivered", doubtful.pk: "unknown"}
    clock.advance(days=4)
    assert risks(change)[late.pk] == "undelivered"
    assert risks(change)[orphan.pk] == "nobody"
    run_jobs()
    assert risks(change)[late.pk] == "late"
    assert fine.pk not in risks(change)
    row = GateAtRisk.objects.get(account=late)
    assert row.opens_at == gate.earliest_effect(change, late) > change.effective_at


def test_a_risk_that_passed_is_crossed_out(clock, mailbox, phone_messages):
    bob, _his = make_customer(name="Bob", contact_email="bob@example.com")
    orphan = make_organization(name="Nobody's")
    change = make_announced(orphan)
    assert risks(change) == {orphan.pk: "nobody"}
    orphan.memberships.create(user=bob, role="owner")
    tasks.catch_up()
    run_jobs()
    assert risks(change) == {}


def test_what_acts_at_once_is_never_at_risk():
    orphan = make_organization(name="Nobody's")
    change = plan(orphan, at_once=True, grounds="x", in_days=0)
    propose(change)
    approve(change)
    assert risks(change) == {}


def test_small_changes_are_reckoned_when_looked_at_large_ones_in_their_turn(clock, monkeypatch):
    _ann, account = make_customer()
    change = make_announced(account)
    first = standings.tally_of(change, at=now())
    assert standings.tally_of(change, at=now()).reckoned_at == first.reckoned_at
    clock.advance(seconds=6)
    assert standings.tally_of(fresh(change), at=now()).reckoned_at > first.reckoned_at
    monkeypatch.setattr(standings, "LOOKED_AT", 0)
    kept = standings.tally_of(fresh(change), at=now() + timedelta(hours=1))
    assert kept.reckoned_at < now()


def test_what_takes_long_is_looked_at_less_often(clock):
    change = make_announced(make_customer()[1])
    assert standings.to_reckon(now()) == [change]
    tally = standings.reckon(change, at=now())
    assert standings.to_reckon(now()) == []
    clock.advance(seconds=31)
    assert standings.to_reckon(now()) == [change]
    tally.took = timedelta(minutes=1)
    tally.save()
    assert standings.to_reckon(now()) == []
    clock.advance(minutes=20)
    assert standings.to_reckon(now()) == [change]
    assert standings.reckon_all(at=now(), at_most=timedelta(0)) == 0
    assert standings.reckon_all(at=now(), at_most=timedelta(minutes=1)) == 1


def test_a_bounce_before_the_effect_closes_the_gate_and_one_after_leaves_it(clock, phone_messages):
    _ann, account = make_customer(contact_email="", contact_email_verified_at=None)
    change = make_announced(account)
    assert risks(change) == {}
    clock.advance(days=2)
    delivering.record_bounce(attempt=Attempt.objects.get(), reason="gone", answer={})
    assert risks(change) == {account.pk: "late"}
