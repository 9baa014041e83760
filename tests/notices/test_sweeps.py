"""What nobody was woken for is found, each kind once a period."""

from datetime import timedelta

import pytest
from django.core import mail

from accounts.models import Account
from common.clock import now
from notices import alarms, audiences, delivering, progress, sweeps, tasks
from notices.models import Alarm, Delivery, Expansion, Notice, ServiceChange, Sweep
from tests.accounts.making import make_person, make_region
from tests.notices.making import approve, make_customer, make_officer, plan, propose
from tests.plumbing.together import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def woken(monkeypatch):
    names = []
    monkeypatch.setattr(sweeps, "wake", names.append)
    return names


def approved(*accounts, **contents):
    change = plan(*accounts, **contents)
    propose(change)
    approve(change)
    return change


def test_a_second_timetable_finds_the_period_taken(woken):
    first, second = tasks.sweep(), tasks.sweep()
    assert set(first) == {one.kind for one in sweeps.SWEEPERS}
    assert second == {}
    assert Sweep.objects.count() == len(sweeps.SWEEPERS)
    assert not Sweep.objects.filter(done_at=None).exists()


def test_the_next_period_is_looked_at_again(woken, clock):
    tasks.sweep()
    clock.advance(seconds=20)
    often = {one.kind for one in sweeps.SWEEPERS if one.every == sweeps.OFTEN}
    assert often <= set(tasks.sweep())


@pytest.mark.django_db(transaction=True)
def test_eight_timetables_at_once_sweep_once():
    found = together(*[lambda: sweeps.sweep_all(at=now())] * 8)
    kinds = [kind for one in found for kind in one]
    # It may be that a period ends in between; of each there is one sweep.
    rows = list(Sweep.objects.values_list("kind", "period"))
    assert len(kinds) == len(rows) == len(set(rows))


def test_an_expansion_that_has_no_rows_yet_is_found(woken):
    change = approved(make_customer()[1])
    assert progress.step(change, at=now())
    assert Expansion.objects.count() == 1
    assert not Notice.objects.exists()
    tasks.sweep()
    assert "notices.announce" in woken
    progress.write_messages()
    assert Delivery.objects.exists()


def test_an_audience_of_nobody_alarms_staff_once_a_day(clock, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    officer = make_officer()
    officer.contact_email, officer.contact_email_verified_at = "officer@example.com", now()
    officer.language = "en"
    officer.save()
    south = make_region()
    _person, account = make_customer()
    Account.objects.filter(pk=account.pk).update(region=south)
    change = approved(audience="rule", rule={"regions": [south.pk]})
    Account.objects.filter(pk=account.pk).update(region=None)
    progress.write_messages()
    change.refresh_from_db()
    assert change.state == ServiceChange.State.ANNOUNCING
    assert audiences.is_selected(change)
    assert sweeps.sweep_all(at=now())["empty_audiences"] == 1
    assert "is for nobody" in mail.outbox[0].subject
    clock.advance(hours=1)
    assert sweeps.sweep_all(at=now())["empty_audiences"] == 0
    clock.advance(days=1)
    assert sweeps.sweep_all(at=now())["empty_audiences"] == 1
    assert Alarm.objects.filter(accounts=0).count() == 2
    assert alarms.raise_empty(at=now()) == 0


def test_stale_leases_and_what_is_in_doubt_are_found(woken, clock):
    approved(make_customer()[1])
    progress.write_messages()
    delivering.claim("sms", at=now())
    assert tasks.sweep()["leases"] == 0
    clock.advance(minutes=6)
    assert tasks.sweep()["leases"] == 1
    woken.clear()
    clock.advance(seconds=20)
    tasks.sweep()
    assert "notices.look_into" in woken


def test_what_could_not_be_sent_in_all_its_time_expires(woken, clock, settings):
    change = approved(make_customer()[1])
    progress.write_messages()
    Delivery.objects.filter(channel="sms").update(not_before=now() + timedelta(days=30))
    clock.advance(seconds=settings.MESSAGES_LIVE_FOR.total_seconds() - 60)
    assert tasks.sweep()["expired"] == 0
    clock.advance(minutes=11)
    assert tasks.sweep()["expired"] == 2
    assert set(Delivery.objects.values_list("state", flat=True)) == {"expired"}
    change.refresh_from_db()
    assert change.state == "announced"


def test_gates_are_reckoned_again(woken):
    approved(make_customer()[1])
    tasks.sweep()
    assert "notices.reckon" in woken


def test_sweeps_are_forgotten_after_a_while(woken, clock):
    make_person()
    tasks.sweep()
    clock.advance(days=8)
    assert tasks.sweep()["old_sweeps"] == len(sweeps.SWEEPERS)
