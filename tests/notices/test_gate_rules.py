"""What counts as notice: required channels, best efforts, zones at the edges of the world."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import access
from accounts.models import Permit
from common.clock import now
from common.messaging import Provider, Submission, Verdict
from notices import announced, delivering, gate, lead_policies, progress
from notices.models import Delivery, ServiceChange
from tests.accounts.making import make_key
from tests.notices.making import (
    approve,
    make_announced,
    make_customer,
    make_officer,
    make_organization,
    make_staff,
    plan,
    propose,
    run_jobs,
)
from tests.plumbing.receiving import use_provider

pytestmark = pytest.mark.django_db
SHANGHAI = "Asia/Shanghai"


def fresh(change):
    return ServiceChange.objects.get(pk=change.pk)


class Answering(Provider):
    """A provider that answers everything alike."""

    verdict = Verdict.ACCEPTED

    def send(self, batch):
        return [Submission(reference=one.reference, verdict=self.verdict) for one in batch]


class Refusing(Answering):
    verdict = Verdict.REJECTED_FOR_GOOD


class Doubtful(Answering):
    verdict = Verdict.AMBIGUOUS


def decide(*, required, counted=("email", "sms"), lead_days=3):
    person = make_staff(name="Supervisor", is_superuser=True)
    return lead_policies.decide(
        kind="suspension",
        before=gate.current_policy("suspension"),
        lead_days=lead_days,
        required_channels=required,
        counted_channels=counted,
        reason="For this test",
        decided_by=person,
    )


def written(*accounts, **contents):
    change = plan(*accounts, **contents)
    propose(change)
    approve(change)
    progress.write_messages()
    return fresh(change)


def send(channel, settings, sender=Answering):
    use_provider(settings, channel, sender)
    delivering.deliver_all(channel, at_most=timedelta(minutes=1))


def opens_from(moment, lead_days=3):
    return gate.opens_if_told(told_at=moment, lead_days=lead_days, zone=SHANGHAI)


# --- channels ------------------------------------------------------------------------------

#        required         counted          e-mail    sms       proven
POLICIES = [
    ((), ("email", "sms"), Answering, None, True),
    ((), ("email", "sms"), None, Answering, True),
    ((), ("email",), None, Answering, False),
    ((), ("email",), Answering, None, True),
    ((), ("email", "sms"), None, None, False),
    ((), ("email", "sms"), Doubtful, Doubtful, False),
    ((), ("email", "sms"), Doubtful, Answering, True),
    # Best efforts: every address that counts failed for good, and nothing less.
    ((), ("email", "sms"), Refusing, Refusing, True),
    ((), ("email", "sms"), Refusing, None, False),
    ((), ("email", "sms"), Refusing, Doubtful, False),
    ((), ("email",), Refusing, None, True),
    # Required besides: it counts only when all of them are through, or failed for good.
    (("email",), ("email", "sms"), None, Answering, False),
    (("email",), ("email", "sms"), Answering, None, True),
    (("email",), ("email", "sms"), Refusing, Answering, True),
    (("email",), ("email", "sms"), Doubtful, Answering, False),
    (("sms",), ("email", "sms"), Answering, None, False),
    (("sms",), ("email", "sms"), Answering, Refusing, True),
    (("email", "sms"), ("email", "sms"), Answering, Answering, True),
    (("email", "sms"), ("email", "sms"), Answering, None, False),
    (("announcement", "inbox"), ("email",), Answering, None, True),
]


@pytest.mark.parametrize(("required", "counted", "email", "sms", "proven"), POLICIES)
def test_what_proves_notice(settings, required, counted, email, sms, proven):
    decide(required=required, counted=counted)
    _ann, account = make_customer()
    change = written(account)
    if email:
        send("email", settings, email)
    if sms:
        send("sms", settings, sms)
    moment = gate.earliest_effect(change, account)
    assert moment == (change.effective_at if proven else None)


def test_a_channel_nobody_has_is_not_waited_for(settings):
    decide(required=["email"])
    _ann, account = make_customer(contact_email="", contact_email_verified_at=None)
    change = written(account)
    send("sms", settings)
    assert gate.earliest_effect(change, account) == change.effective_at


@pytest.mark.parametrize("required", [["email", "sms"], ["email"]])
def test_the_lead_starts_with_the_last_of_what_is_required(clock, settings, required):
    decide(required=required)
    _ann, account = make_customer()
    change = written(account, in_days=4.0 + 0.5)
    send("sms", settings)
    clock.advance(days=3)
    send("email", settings)
    assert gate.earliest_effect(change, account) == opens_from(now())


def test_best_efforts_start_with_the_last_failure(clock, settings):
    decide(required=["announcement", "inbox"])
    _ann, account = make_customer()
    change = written(account, in_days=4.5)
    send("sms", settings, Refusing)
    assert gate.earliest_effect(change, account) is None
    clock.advance(days=4)
    send("email", settings, Refusing)
    assert gate.earliest_effect(change, account) == opens_from(now())


def test_one_member_who_is_reached_is_enough(mailbox, phone_messages):
    _ann, account = make_customer(contact_email="ann@example.com")
    bob, _his = make_customer(contact_email="bob@example.com")
    account.memberships.create(user=bob, role="admin")
    mailbox.refuse["bob@example.com"] = "550 no such user"
    change = written(account)
    delivering.deliver_all("email", at_most=timedelta(minutes=1))
    assert Delivery.objects.filter(state="failed").count() == 1
    assert gate.earliest_effect(change, account) == change.effective_at


def test_without_anybody_to_tell_best_efforts_were_not_made(clock):
    orphan = make_organization(name="Nobody's")
    change = make_announced(orphan)
    clock.advance(days=60)
    assert gate.earliest_effect(change, orphan) is None


def test_the_announcement_is_public_from_the_first_round_on(settings):
    """Required or not, it is posted before anybody is written to."""
    decide(required=["announcement"])
    _ann, account = make_customer()
    change = plan(account)
    propose(change)
    approve(change)
    assert gate.earliest_effect(change, account) is None
    progress.write_messages()
    send("sms", settings)
    assert gate.earliest_effect(change, account) == change.effective_at


def test_a_policy_decided_later_leaves_what_was_proposed_alone(settings):
    _ann, account = make_customer()
    change = written(account)
    decide(required=["email"], lead_days=30)
    send("sms", settings)
    assert gate.earliest_effect(change, account) == change.effective_at


# --- zones ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "told", "opens_at"),
    [
        # The first and the last to begin a day.
        ("Pacific/Kiritimati", "2027-03-10T09:00", "2027-03-13T10:00"),  # UTC+14
        ("Pacific/Kiritimati", "2027-03-10T11:00", "2027-03-14T10:00"),
        ("Pacific/Pago_Pago", "2027-03-10T10:00", "2027-03-13T11:00"),  # UTC-11
        ("Pacific/Pago_Pago", "2027-03-10T12:00", "2027-03-14T11:00"),
        # 5 September 2027 has no midnight in Santiago: the clocks go from 24:00 to 01:00.
        ("America/Santiago", "2027-09-01T12:00", "2027-09-05T04:00"),
        # Nor has 30 April 2027 in Cairo.
        ("Africa/Cairo", "2027-04-26T12:00", "2027-04-29T22:00"),
        ("Africa/Cairo", "2027-04-25T12:00", "2027-04-28T22:00"),
        # Berlin, over both changes of the clocks.
        ("Europe/Berlin", "2027-03-25T12:00", "2027-03-28T22:00"),
        ("Europe/Berlin", "2027-03-24T12:00", "2027-03-27T23:00"),
        ("Europe/Berlin", "2027-10-28T12:00", "2027-10-31T23:00"),
        ("Europe/Berlin", "2027-10-27T12:00", "2027-10-30T22:00"),
    ],
)
def test_days_are_the_accounts_own(clock, settings, zone, told, opens_at):
    told, opens_at = (datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (told, opens_at))
    clock.set(told)
    person, _own = make_customer()
    account = make_organization(person, time_zone=zone)
    change = written(account, effective_at=opens_at)
    send("sms", settings)
    assert gate.opens_if_told(told_at=now(), lead_days=3, zone=zone) == opens_at
    assert gate.earliest_effect(change, account) == opens_at
    clock.set(opens_at - timedelta(seconds=1))
    assert progress.take_effect_all(at=now()) == 0
    clock.set(opens_at)
    assert progress.take_effect_all(at=now()) == 1
    assert Permit.objects.get().not_before == opens_at


def test_from_shanghai_to_berlin_over_the_change_of_the_clocks(clock, mailbox, phone_messages):
    """Told in Shanghai on Thursday 25 March 2027; moves to Berlin on Saturday; on Sunday the
    clocks there go forward. It feels it from Berlin's Monday, not from Shanghai's."""
    clock.set(datetime(2027, 3, 25, 4, tzinfo=UTC))
    person, _own = make_customer(language="en")
    account = make_organization(person)
    shanghai = datetime(2027, 3, 28, 16, tzinfo=UTC)
    berlin = datetime(2027, 3, 28, 22, tzinfo=UTC)
    change = make_announced(account, effective_at=shanghai)
    assert gate.earliest_effect(change, account) == shanghai

    clock.set(datetime(2027, 3, 27, 12, tzinfo=UTC))
    account.time_zone = "Europe/Berlin"
    account.save()
    assert gate.earliest_effect(change, account) == berlin
    clock.set(shanghai)
    run_jobs()
    assert access.decide(account=account, service=change.service, at=now()).allowed
    clock.set(berlin - timedelta(seconds=1))
    run_jobs()
    assert access.decide(account=account, service=change.service, at=now()).allowed
    clock.set(berlin)
    run_jobs()
    assert not access.decide(account=account, service=change.service, at=now()).allowed
    assert Permit.objects.get().not_before == berlin


def test_from_berlin_to_shanghai_brings_nothing_forward(clock):
    clock.set(datetime(2027, 3, 25, 4, tzinfo=UTC))
    person, _own = make_customer()
    account = make_organization(person, time_zone="Europe/Berlin")
    berlin = datetime(2027, 3, 28, 22, tzinfo=UTC)
    change = make_announced(account, effective_at=berlin)
    account.time_zone = "Asia/Shanghai"
    account.save()
    assert gate.earliest_effect(change, account) == berlin


# --- asking and opening --------------------------------------------------------------------


def test_those_left_out_are_not_waited_for(clock):
    accounts = [make_customer()[1] for _ in range(3)]
    orphan = make_organization(name="Nobody's")
    change = make_announced(*accounts, orphan)
    clock.set(change.effective_at)
    announced.leave_out(
        change=change, accounts=accounts[:1], left_out_by=make_officer(), reason="Hardship"
    )
    progress.take_effect_all(at=now())
    permitted = Permit.objects.filter(change=change.uuid).values_list("account_id", flat=True)
    assert set(permitted) == {accounts[1].pk, accounts[2].pk}
    assert not gate.is_through(change)
    announced.leave_out(
        change=change, accounts=[orphan], left_out_by=make_officer(), reason="Nobody there"
    )
    assert gate.is_through(change)


def test_gates_open_in_portions_and_none_twice(clock, monkeypatch):
    accounts = [make_customer()[1] for _ in range(5)]
    change = make_announced(*accounts)
    monkeypatch.setattr(gate, "LOOKED_AT", 2)
    clock.set(change.effective_at)
    begun, after = [], 0
    while (opened := gate.open_some(change, at=now(), after=after)).upto is not None:
        assert len(opened.begun) <= 2
        begun += opened.begun
        after = opened.upto
    assert begun == [account.pk for account in accounts]
    again = gate.open_some(change, at=now(), after=0)
    assert (again.begun, again.upto) == ([], accounts[1].pk)


def test_a_gate_still_closed_says_when_it_opens():
    person, _own = make_customer()
    orphan = make_organization(name="Nobody's")
    change = make_announced(orphan, make_organization(person))
    last = change.concerned.order_by("account").last()
    opened = gate.open_some(change, at=change.effective_at - timedelta(seconds=1))
    assert (opened.begun, opened.upto) == ([], last.account_id)
    assert opened.next_opens_at == change.effective_at


def test_the_effect_says_all_that_the_change_does():
    _ann, account = make_customer()
    keys = [make_key(account), make_key(account)]
    change = plan(account, api_keys=keys, ends_at=now() + timedelta(days=9))
    effect = gate.effect_of(change)
    assert effect.api_key_ids == tuple(key.pk for key in keys)
    assert (effect.change, effect.service_id) == (change.uuid, change.service_id)
    assert (effect.reason_en, effect.ends_at) == (change.reason_en, change.ends_at)
