"""A change called off, put off or corrected when half of the messages have left."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import access
from common.clock import now
from notices import announced, changes, delivering, gate, tasks
from notices.exceptions import NotPostponed
from notices.models import Delivery, Notice, Postponement
from tests.notices.making import approve, make_customer, make_officer, propose
from tests.stories.telling import decided, fresh, told, work

pytestmark = pytest.mark.django_db


def make_six():
    return [
        make_customer(name=f"Ann {n}", contact_email=f"ann-{n}@example.com", language="en")
        for n in range(6)
    ]


def allowed(account, change):
    return access.decide(account=account, service=change.service, at=now()).allowed


def test_withdrawn_when_half_of_the_messages_have_left(clock, mailbox, phone_messages, monkeypatch):
    people, accounts = zip(*make_six(), strict=True)
    change = decided(*accounts)
    tasks.announce()
    monkeypatch.setattr(delivering, "BATCH", 3)
    delivering.deliver_batch("email", at=now())
    delivering.deliver_batch("sms", at=now())
    monkeypatch.undo()
    assert len(mailbox.messages) == 3
    written_to = {message["To"] for message in mailbox.messages}

    announced.withdraw(change=change, withdrawn_by=make_officer(), reason="Mistake", at=now())
    for _again in range(2):
        work()

    assert Delivery.objects.filter(state="cancelled").count() == 6
    for person in people:
        subjects = [subject for subject, _text in mailbox.to(person.contact_email)]
        ahead = [s for s in subjects if "will be suspended" in s]
        assert len(ahead) == (1 if person.contact_email in written_to else 0)
        # All of them had an inbox message, so all of them are told that it is off.
        assert subjects[len(ahead) :] == ["The suspension of Image generation has been called off"]
        assert told(person, "withdrawn") == subjects[len(ahead) :]
    assert sum(len(phone_messages(person.phone)) for person in people) == 3 + 6
    clock.advance(days=30)
    work()
    assert all(allowed(account, change) for account in accounts)
    assert fresh(change).state == "withdrawn"


def test_a_withdrawal_before_anybody_was_told_tells_nobody(mailbox):
    _ann, account = make_customer()
    change = decided(account)
    announced.withdraw(change=change, withdrawn_by=make_officer(), reason="Mistake", at=now())
    work()
    assert mailbox.messages == []
    assert not Notice.objects.exists()


def test_put_off_for_everybody(clock, mailbox, phone_messages):
    ann, account = make_customer(contact_email="ann@example.com", language="en")
    change = decided(account)
    work()
    until = change.effective_at + timedelta(days=3)

    announced.postpone(change=change, until=until, postponed_by=make_officer(), reason="More time")
    work()

    assert told(ann, "postponed") == [mailbox.to("ann@example.com")[-1][0]]
    assert "postponed to" in mailbox.to("ann@example.com")[-1][0]
    # That she was told of the earlier moment counts as notice of the later one.
    assert gate.earliest_effect(change, account) == until
    clock.set(until - timedelta(seconds=1))
    work()
    assert allowed(account, change)
    clock.set(until)
    work()
    assert not allowed(account, change)
    assert fresh(change).state == "complete"
    assert len(phone_messages(ann.phone)) == 3


def test_put_off_for_one_account_only(clock, mailbox, phone_messages):
    ann, hers = make_customer(name="Ann", contact_email="ann@example.com", language="en")
    bob, his = make_customer(name="Bob", contact_email="bob@example.com", language="en")
    change = decided(hers, his)
    work()
    until = change.effective_at + timedelta(days=3)

    announced.postpone(
        change=change, until=until, accounts=[hers], postponed_by=make_officer(), reason="Hardship"
    )
    work()

    assert len(told(ann, "postponed")) == 1
    assert told(bob, "postponed") == []
    assert gate.earliest_effect(change, hers) == until
    assert gate.earliest_effect(change, his) == change.effective_at
    clock.set(change.effective_at)
    work()
    assert allowed(hers, change)
    assert not allowed(his, change)
    assert fresh(change).state == "taking_effect"
    clock.set(until)
    work()
    assert not allowed(hers, change)
    assert fresh(change).state == "complete"
    assert len(told(ann, "in_effect")) == len(told(bob, "in_effect")) == 1


def test_an_earlier_moment_is_refused_by_python_and_the_database(clock, mailbox):
    _ann, account = make_customer()
    change = decided(account)
    work()
    officer = make_officer()
    later = change.effective_at + timedelta(days=3)
    announced.postpone(change=change, until=later, postponed_by=officer, reason="More time")
    for until in (change.effective_at, later - timedelta(seconds=1), later):
        with pytest.raises(NotPostponed):
            announced.postpone(change=change, until=until, postponed_by=officer, reason="Sooner")
        with (
            pytest.raises(DatabaseError, match="postponed to a later moment"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "INSERT INTO notices_postponement"
                " (change_id, was, until, everybody, postponed_by_id, reason)"
                " VALUES (%s, %s, %s, true, %s, 'x')",
                [change.pk, until - timedelta(days=9), until, officer.pk],
            )
    assert Postponement.objects.count() == 1
    assert fresh(change).planned_for == later


def test_a_correction_takes_the_place_of_what_was_announced(clock, mailbox, phone_messages):
    ann, hers = make_customer(name="Ann", contact_email="ann@example.com", language="en")
    bob, his = make_customer(name="Bob", contact_email="bob@example.com", language="en")
    officer = make_officer()
    change = decided(hers, his)
    work()

    correction = changes.correct(change=change, planned_by=officer)
    assert set(correction.accounts.all()) == {hers, his}
    changes.choose_accounts(change=correction, accounts=[hers])
    correction = fresh(correction)
    correction.reason_en = "Overdue since May"
    correction.effective_at = change.effective_at + timedelta(days=2)
    correction.save()
    propose(correction, by=officer)
    work()
    assert fresh(change).state == "announced"  # goes on until the correction is approved
    approve(correction)
    for _again in range(2):
        work()

    assert fresh(change).state == "withdrawn"
    [_first, (subject, letter)] = mailbox.to("ann@example.com")
    assert "will be suspended" in subject
    assert "Overdue since May" in letter
    assert change.public_id in letter  # what it replaces
    assert told(ann, "withdrawn") == []
    assert told(bob, "withdrawn") == ["The suspension of Image generation has been called off"]
    clock.set(change.effective_at + timedelta(days=1))
    work()
    assert allowed(hers, change)
    clock.set(correction.effective_at)
    work()
    assert not allowed(hers, change)
    assert allowed(his, change)
    assert not hers.permits.filter(change=change.uuid).exists()


def test_a_change_that_was_corrected_in_time_is_called_off_for_nobody_else(mailbox):
    """Approved and not announced yet: the correction is all that people hear."""
    ann, account = make_customer(language="en")
    change = decided(account)
    correction = changes.correct(change=change, planned_by=make_officer())
    propose(correction)
    approve(correction)
    work()
    assert fresh(change).state == "withdrawn"
    assert len(told(ann, "announced")) == 1
    assert told(ann, "withdrawn") == []


def test_lifted_half_way_those_it_had_not_reached_are_told_it_is_off(
    clock, mailbox, phone_messages
):
    """Told too late for the planned day, one account waits for its own; then all is lifted."""
    _li, own = make_customer(contact_email="li@example.com", language="en")
    ann, late = make_customer(contact_email="ann@example.com", language="en")
    change = decided(own, late)
    work()
    announced.postpone(
        change=change,
        until=change.effective_at + timedelta(days=9),
        accounts=[late],
        postponed_by=make_officer(),
        reason="They asked",
    )
    work()
    clock.advance(days=6)
    work()
    change.refresh_from_db()
    assert change.state == "taking_effect"
    announced.lift(change=change, lifted_by=make_officer(), reason="Put right", at=now())
    work()
    assert mailbox.to("li@example.com")[-1][0] == "Image generation is available again"
    assert "called off" in mailbox.to("ann@example.com")[-1][0]
    assert len(phone_messages(ann.phone)) == 3
    clock.advance(days=30)
    work()
    assert access.decide(account=late, service=change.service, at=now()).allowed
