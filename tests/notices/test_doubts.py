"""What is in doubt: asked about, never repeated blindly, and what is never heard of."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from common.clock import now
from common.messaging import Message, Provider, Submission, Verdict
from notices import delivering, doubts, gate, letter_doubts, letter_sending, progress, retrying
from notices.exceptions import WrongState
from notices.models import Attempt, Delivery, LetterDelivery, Outcome, Resolution
from tests.notices.making import approve, make_customer, make_officer, plan, propose
from tests.plumbing.carrier import carrier_settings, taken

pytestmark = pytest.mark.django_db

LEASE = delivering.LEASE


class Post(Provider):
    """E-mail of which no answer comes while `lost` is true."""

    lost = True
    sent: list[Message] = []

    def send(self, batch):
        self.sent.extend(batch)
        verdict = Verdict.AMBIGUOUS if self.lost else Verdict.ACCEPTED
        return [Submission(reference=one.reference, verdict=verdict) for one in batch]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path, monkeypatch):
    settings.MESSAGE_PROVIDERS = {
        "post": {"class": Post, "channel": "email"},
        "carrier": carrier_settings(tmp_path),
    }
    monkeypatch.setattr(Post, "sent", [])
    monkeypatch.setattr(Post, "lost", True)
    return tmp_path


@pytest.fixture
def account():
    return make_customer()[1]


@pytest.fixture
def written(account):
    change = plan(account)
    propose(change)
    approve(change)
    progress.write_messages()
    return change


def of(channel):
    return Delivery.objects.get(channel=channel)


def look(clock, **later):
    clock.advance(**later)
    return doubts.look_into_some(at=now())


def abandon(clock, channel="sms", *, at_provider=()):
    """A worker claims and vanishes; `at_provider` says whether it had handed over."""
    batch = delivering.claim(channel, at=now())
    if at_provider:
        delivering.send_claimed(batch)
    clock.advance(seconds=LEASE.total_seconds() + 1)
    assert delivering.give_up_abandoned(at=now()) == 1
    assert of(channel).state == "unknown"
    return batch


# -- Text messages: asked about -----------------------------------------------------------


def test_what_was_taken_is_accepted_with_the_answer(clock, written, folder, account):
    abandon(clock, at_provider=[1])
    assert gate.earliest_effect(written, account) is None
    assert look(clock, seconds=1) == 1
    assert of("sms").state == "accepted"
    resolution = Resolution.objects.get()
    assert (resolution.kind, resolution.answer) == ("taken", {"found": 1})
    assert gate.earliest_effect(written, account) is not None
    assert len(taken(folder)) == 1


def test_what_was_never_taken_goes_again_as_another_attempt(clock, written, folder):
    abandon(clock)
    look(clock, seconds=1)
    assert of("sms").state == "retrying"
    delivering.deliver_batch("sms", at=now())
    assert of("sms").state == "accepted"
    first, second = Attempt.objects.filter(delivery=of("sms")).order_by("fence")
    assert [line["reference"] for line in taken(folder)] == [str(second.pk)]
    assert second.repeats_id is None
    assert Resolution.objects.get().attempt == first


def test_a_time_out_of_what_was_taken_is_reconciled(clock, written, folder):
    (folder / "time-out").touch()
    delivering.deliver_batch("sms", at=now())
    assert of("sms").state == "unknown"
    assert doubts.look_into_some(at=now()) == 0  # providers know a little later
    look(clock, seconds=61)
    assert of("sms").state == "accepted"
    assert len(taken(folder)) == 1


def test_while_it_cannot_be_asked_it_is_never_repeated(clock, written, folder):
    abandon(clock)
    (folder / "away").touch()
    asked = [look(clock, minutes=30) for _half_hour in range(40)]
    assert of("sms").state == "unknown"
    assert 5 < sum(asked) < 25  # less and less often
    (folder / "away").unlink()
    look(clock, hours=3)
    assert of("sms").state == "retrying"


def test_in_the_end_it_expires(clock, written, folder, settings):
    abandon(clock)
    (folder / "away").touch()
    look(clock, seconds=settings.RECEIPTS_WAITED_FOR.total_seconds())
    assert of("sms").state == "expired"
    assert Delivery.objects.undelivered().count() == 1
    assert delivering.claim("sms", at=now()).due == 0


def test_one_that_cannot_be_asked_at_all_is_left_to_staff(clock, written, settings):
    settings.MESSAGE_PROVIDERS = {
        name: {"class": Post, "channel": name} for name in ("email", "sms")
    }
    abandon(clock)
    look(clock, minutes=20)
    assert of("sms").state == "unknown"
    assert of("sms").ask_at is None
    assert delivering.claim("sms", at=now() + timedelta(days=3)).due == 0


def test_missing_receipts_are_asked_for(clock, written, folder):
    delivering.deliver_batch("sms", at=now())
    assert look(clock, seconds=1) == 0
    assert look(clock, minutes=10) == 1
    assert of("sms").state == "accepted"
    (folder / "outcome").write_text("delivered")
    look(clock, minutes=5)
    assert of("sms").state == "delivered"
    assert of("sms").ask_at is None


def test_receipts_that_never_come_end_in_expiry(clock, written, settings, account):
    delivering.deliver_batch("sms", at=now())
    opens = gate.earliest_effect(written, account)
    clock.advance(seconds=settings.RECEIPTS_WAITED_FOR.total_seconds() + 1)
    look(clock, seconds=1)
    assert of("sms").state == "expired"
    # The provider took it, which is what counts.
    assert gate.earliest_effect(written, account) == opens


# -- E-mail: sent once more ------------------------------------------------------------------


def test_an_email_in_doubt_is_sent_once_more_under_its_message_id(clock, written):
    delivering.deliver_batch("email", at=now())
    assert of("email").state == "unknown"
    look(clock, minutes=11)
    assert Resolution.objects.get().kind == "resent"
    delivering.deliver_batch("email", at=now())
    first, second = Attempt.objects.filter(delivery=of("email")).order_by("fence")
    assert [message.reference for message in Post.sent] == [str(first.pk)] * 2
    assert second.repeats == first
    for _day in range(4):
        look(clock, days=1)
        delivering.deliver_batch("email", at=now())
    assert len(Post.sent) == 2
    assert of("email").state == "unknown"


def test_the_repeat_that_is_answered_for_counts(clock, written, account):
    delivering.deliver_batch("email", at=now())
    Post.lost = False
    look(clock, minutes=11)
    delivering.deliver_batch("email", at=now())
    assert of("email").state == "accepted"
    assert gate.earliest_effect(written, account) is not None


def test_a_vanished_worker_s_email_waits_for_its_bounce_first(clock, written):
    abandon(clock, "email")
    look(clock, seconds=1)
    assert of("email").state == "unknown"
    look(clock, minutes=6)
    assert of("email").state == "retrying"


def test_the_late_answer_of_a_stopped_worker_is_heeded(clock, written, folder):
    batch = abandon(clock, at_provider=[1])
    (folder / "away").touch()
    answers = [
        Submission(reference=str(one.attempt.pk), verdict=Verdict.ACCEPTED) for one in batch.claimed
    ]
    assert delivering.settle(batch, answers, at=now()) == 0
    assert of("sms").state == "unknown"
    look(clock, seconds=1)
    assert of("sms").state == "accepted"


def test_a_worker_stopped_before_it_handed_over_hands_over_nothing(written, folder, monkeypatch):
    batch = delivering.claim("sms", at=now())
    later = batch.since + LEASE.total_seconds()
    monkeypatch.setattr(delivering, "monotonic", lambda: later)
    [answer] = delivering.send_claimed(batch)
    assert answer.verdict is Verdict.REJECTED_FOR_NOW
    assert taken(folder) == []


# -- Staff ---------------------------------------------------------------------------------------


def test_staff_have_it_sent_again_with_a_reason(clock, written, folder):
    (folder / "away").touch()
    abandon(clock)
    boss = make_officer()
    retrying.retry(delivery=of("sms"), by=boss, reason="They asked for it", at=now())
    delivering.deliver_batch("sms", at=now())
    assert of("sms").state == "accepted"
    resolution = Resolution.objects.get()
    assert (resolution.kind, resolution.decided_by) == ("resent", boss)
    with pytest.raises(WrongState):
        retrying.retry(delivery=of("sms"), by=boss, reason="Again", at=now())


# -- Letters -----------------------------------------------------------------------------------


def letter(settings, tmp_path, monkeypatch):
    from notices import letters
    from notices.letter_kinds import LetterKind, letter_kinds

    kind = LetterKind(name="question_of_doubts", label="Question", clause="1.3")
    known = letter_kinds._members | {kind.name: kind}
    monkeypatch.setattr(letter_kinds, "_members", known)
    person, _account = make_customer(contact_email_verified_at=None)
    letters.write(
        recipients=[person],
        kind=kind.name,
        key="1",
        account=None,
        words=lambda _person: letters.Words(subject="S", body="B", sms="T"),
        at=now(),
    )


def test_letters_are_asked_about_too(clock, settings, folder, monkeypatch):
    letter(settings, folder, monkeypatch)
    (folder / "time-out").touch()
    letter_sending.send_due(at=now())
    clock.advance(seconds=61)
    assert letter_doubts.look_into_some(at=now()) == 1
    assert LetterDelivery.objects.get().state == "accepted"
    (folder / "outcome").write_text("delivered")
    clock.advance(hours=1)
    assert letter_doubts.look_into_some(at=now()) == 1
    assert LetterDelivery.objects.get().state == "delivered"
    assert len(taken(folder)) == 1


def test_a_letter_that_was_never_taken_goes_again(clock, settings, folder, monkeypatch):
    letter(settings, folder, monkeypatch)
    letter_sending._claim("sms", provider="carrier", at=now())
    clock.advance(seconds=LEASE.total_seconds() + 1)
    assert letter_sending.give_up_abandoned(at=now()) == 1
    letter_doubts.look_into_some(at=now())
    assert LetterDelivery.objects.get().state == "retrying"
    letter_sending.send_due(at=now())
    assert LetterDelivery.objects.get().state == "accepted"
    assert len(taken(folder)) == 1


# -- The database ------------------------------------------------------------------------------


def refused(act, match):
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        act()


def test_an_attempt_is_made_under_a_claim(written):
    one = of("sms")
    new = {"delivery": one, "provider": "carrier"}
    refused(lambda: Attempt.record(fence=0, **new), "whoever has claimed")
    [claim] = delivering.claim("sms", at=now()).claimed
    for fence in (claim.attempt.fence - 1, claim.attempt.fence + 1):
        refused(lambda fence=fence: Attempt.record(fence=fence, **new), "whoever has claimed")


def test_no_second_attempt_after_an_acceptance_or_in_doubt(written, clock):
    one = of("sms")
    batch = delivering.claim("sms", at=now())
    new = {"delivery": one, "provider": "carrier", "fence": 2}
    Delivery.objects.filter(pk=one.pk).update(fence=2)
    refused(lambda: Attempt.record(**new), "not sent again unrecorded")
    Outcome.record(attempt_id=batch.claimed[0].attempt.pk, verdict="accepted")
    refused(lambda: Attempt.record(**new), "not sent again unrecorded")


def test_a_repeat_is_of_the_same_delivery(written, clock):
    delivering.deliver_batch("email", at=now())
    [claim] = delivering.claim("sms", at=now()).claimed
    Delivery.objects.filter(pk=claim.delivery.pk).update(fence=2)
    Outcome.record(attempt_id=claim.attempt.pk, verdict="rejected_for_now")
    other = Attempt.objects.get(delivery__channel="email")
    refused(
        lambda: Attempt.record(delivery=of("sms"), provider="carrier", fence=2, repeats=other),
        "a repeat is of the first attempt",
    )


def test_only_doubts_are_resolved(written, clock):
    delivering.deliver_batch("sms", at=now())
    attempt = Attempt.objects.get()
    for kind in ("taken", "not_taken", "resent"):
        refused(
            lambda kind=kind: Resolution.record(delivery=of("sms"), attempt=attempt, kind=kind),
            "only an attempt in doubt",
        )


def test_nothing_is_let_go_while_somebody_sends_it(written):
    [claim] = delivering.claim("sms", at=now()).claimed
    refused(
        lambda: Resolution.record(
            delivery=of("sms"), attempt_id=claim.attempt.pk, kind="not_taken"
        ),
        "nobody is sending it",
    )


def test_the_second_automatic_repeat_is_refused(written, clock):
    delivering.deliver_batch("email", at=now())
    look(clock, minutes=11)
    delivering.deliver_batch("email", at=now())
    newest = Attempt.objects.get(repeats__isnull=False)
    refused(
        lambda: Resolution.record(delivery=of("email"), attempt=newest, kind="resent"),
        "notices_resolution_resent_once",
    )
    assert uuid.UUID(Post.sent[0].reference) == newest.reference
