"""Claim, attempt, provider, outcome: what is kept and what is never done twice."""

import smtplib
from datetime import timedelta
from typing import ClassVar

import pytest

from common.clock import now
from common.messaging import (
    Config,
    Message,
    Provider,
    Submission,
    Verdict,
    django_backend,
)
from common.messaging.django_backend import DjangoBackend
from notices import announced as acts_on_announced
from notices import delivering, progress
from notices.models import Attempt, Delivery, Outcome
from tests.notices.making import approve, make_customer, make_organization, plan, propose

pytestmark = pytest.mark.django_db


class Answering(Provider):
    """A provider that answers as told, and remembers what it was sent."""

    verdicts: ClassVar[list[Verdict]] = []
    sent: ClassVar[list[Message]] = []

    def send(self, batch):
        self.sent.extend(batch)
        return [Submission(reference=one.reference, verdict=self.verdicts.pop(0)) for one in batch]


@pytest.fixture(autouse=True)
def answering(settings):
    """It carries both channels."""
    settings.MESSAGE_PROVIDERS = {
        channel: {"class": Answering, "channel": channel} for channel in ("email", "sms")
    }


@pytest.fixture
def announced():
    _person, account = make_customer()
    change = plan(account)
    propose(change)
    approve(change)
    progress.write_messages()
    return change


def send(*verdicts, channel="sms", at=None):
    """What was sent of one batch that is answered so."""
    Answering.verdicts[:], Answering.sent[:] = verdicts, []
    batch = delivering.claim(channel, at=at or now())
    delivering.settle(batch, delivering.send_claimed(batch), at=at or now())
    return list(Answering.sent)


def delivery(channel="sms"):
    return Delivery.objects.get(channel=channel)


def test_accepted(announced):
    [message] = send(Verdict.ACCEPTED)
    attempt = Attempt.objects.get()
    assert message.reference == str(attempt.pk)
    assert attempt.outcome.verdict == "accepted"
    assert delivery().state == "accepted"
    assert delivery().lease_until is None


def test_a_claim_writes_the_attempt_before_anything_leaves(announced):
    batch = delivering.claim("sms", at=now())
    assert Attempt.objects.get().delivery_id == batch.claimed[0].delivery.pk
    assert delivery().state == "sending"
    assert not Outcome.objects.exists()


def test_what_is_claimed_is_not_claimed_again(announced):
    assert len(delivering.claim("sms", at=now()).claimed) == 1
    assert delivering.claim("sms", at=now()).due == 0


def test_refused_for_good(announced):
    send(Verdict.REJECTED_FOR_GOOD)
    assert delivery().state == "failed"
    assert send() == []


def test_refused_for_now_is_tried_again_later_and_later(announced):
    moment = now()
    waits = []
    for _turn in range(len(delivering.RETRY_AFTER)):
        send(Verdict.REJECTED_FOR_NOW, at=moment)
        assert delivery().state == "retrying"
        assert delivering.claim("sms", at=moment).due == 0
        waits.append(delivery().not_before - moment)
        moment = delivery().not_before
    assert waits == delivering.RETRY_AFTER
    send(Verdict.REJECTED_FOR_NOW, at=moment)
    assert delivery().state == "failed"
    assert delivery().attempts.count() == len(delivering.RETRY_AFTER) + 1


def test_an_ambiguous_answer_is_unknown_and_never_repeated(announced):
    send(Verdict.AMBIGUOUS)
    assert delivery().state == "unknown"
    assert send(at=now() + timedelta(days=3)) == []


def test_a_vanished_worker_leaves_unknown(announced):
    delivering.claim("sms", at=now())
    assert delivering.give_up_abandoned(at=now()) == 0
    assert delivering.give_up_abandoned(at=now() + delivering.LEASE * 2) == 1
    assert delivery().state == "unknown"


def test_the_late_answer_of_a_frozen_worker_is_kept_but_moves_nothing(announced):
    Answering.verdicts[:] = [Verdict.REJECTED_FOR_NOW]
    batch = delivering.claim("sms", at=now())
    delivering.give_up_abandoned(at=now() + delivering.LEASE * 2)
    answers = delivering.send_claimed(batch)
    assert delivering.settle(batch, answers, at=now()) == 0
    assert delivery().state == "unknown"
    assert Outcome.objects.get().verdict == "rejected_for_now"


def test_a_batch_is_bounded_and_all_of_it_goes(monkeypatch):
    people = [make_customer(contact_email=f"p{number}@example.com")[0] for number in range(7)]
    change = plan(make_organization(*people))
    propose(change)
    approve(change)
    progress.write_messages()
    monkeypatch.setattr(delivering, "BATCH", 3)
    sizes = []
    original = delivering.claim

    def counting(*args, **kwargs):
        claimed = original(*args, **kwargs)
        sizes.append(claimed.due)
        return claimed

    monkeypatch.setattr(delivering, "claim", counting)
    Answering.verdicts[:] = [Verdict.ACCEPTED] * 7
    assert delivering.deliver_all("sms", at_most=timedelta(0)) == (0, True)
    assert delivering.deliver_all("sms", at_most=timedelta(minutes=5)) == (7, False)
    assert sizes == [3, 3, 1, 0]


def test_unsent_is_cancelled_with_its_change(announced):
    send(Verdict.REJECTED_FOR_NOW)
    assert delivering.cancel_some(announced) == 2
    assert set(Delivery.objects.values_list("state", flat=True)) == {"cancelled"}


def test_concluded_when_nothing_is_open(announced):
    assert not progress.conclude_all()
    send(Verdict.ACCEPTED)
    send(Verdict.REJECTED_FOR_GOOD, channel="email")
    assert progress.conclude_all() == 1
    announced.refresh_from_db()
    assert announced.state == "announced"


def test_a_person_without_a_verified_email_gets_no_email():
    _person, account = make_customer(contact_email_verified_at=None)
    change = plan(account)
    propose(change)
    approve(change)
    progress.write_messages()
    assert list(Delivery.objects.values_list("channel", flat=True)) == ["sms"]


MESSAGE = Message(reference="ref", address="x@example.com", subject="s", body="b", template="t")


class Line:
    """Stands where Django's SMTP connection does, and breaks as told."""

    def __init__(self, error):
        self.error = error
        self.connection = object()

    def open(self):
        if isinstance(self.error, ConnectionRefusedError):
            raise self.error

    def send_messages(self, messages):
        raise self.error

    def close(self):
        pass


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no such user")}), Verdict.REJECTED_FOR_GOOD),
        (smtplib.SMTPRecipientsRefused({"x": (450, b"busy")}), Verdict.REJECTED_FOR_NOW),
        (smtplib.SMTPDataError(554, b"spam"), Verdict.REJECTED_FOR_GOOD),
        (smtplib.SMTPDataError(451, b"later"), Verdict.REJECTED_FOR_NOW),
        (smtplib.SMTPServerDisconnected("gone"), Verdict.AMBIGUOUS),
        (TimeoutError("slow"), Verdict.AMBIGUOUS),
        (ConnectionRefusedError("nobody there"), Verdict.REJECTED_FOR_NOW),
        (ValueError("header injection"), Verdict.REJECTED_FOR_GOOD),
    ],
)
def test_how_smtp_errors_are_read(monkeypatch, error, verdict):
    monkeypatch.setattr(django_backend, "get_connection", lambda: Line(error))
    [answer] = DjangoBackend(Config("smtp", "email")).send([MESSAGE])
    assert answer.verdict is verdict
    assert answer.answer["error"] == type(error).__name__


def test_the_rest_of_a_batch_waits_when_the_line_breaks(monkeypatch):
    """What was not handed over is known not to have been taken: it is tried again later."""
    line = Line(TimeoutError("slow"))
    monkeypatch.setattr(django_backend, "get_connection", lambda: line)
    answers = DjangoBackend(Config("smtp", "email")).send([MESSAGE] * 3)
    assert [answer.verdict for answer in answers] == [
        Verdict.AMBIGUOUS,
        Verdict.REJECTED_FOR_NOW,
        Verdict.REJECTED_FOR_NOW,
    ]


def test_withdrawing_a_draft_tells_nobody():
    from tests.notices.making import make_supervisor

    _person, account = make_customer()
    change = plan(account)
    acts_on_announced.withdraw(
        change=change, withdrawn_by=make_supervisor(), reason="Not needed", at=now()
    )
    assert not Delivery.objects.exists()
