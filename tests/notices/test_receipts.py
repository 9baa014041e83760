"""What providers say afterwards: once, in any order, from nobody else."""

import json
import random
from datetime import timedelta

import pytest
from django.db import DatabaseError

from common.clock import now
from common.messaging import Posted, ReceiptState
from notices import delivering, gate, matching, progress, receipts, tasks
from notices.models import (
    Bounce,
    Delivery,
    Failure,
    LetterDelivery,
    ParkedReceipt,
    PostedReceipts,
    Receipt,
    ReceiptMatch,
    UnreadReceipts,
)
from tests.notices.making import approve, make_announced, make_customer, plan, propose
from tests.plumbing.carrier import HEADER, Carrier, carrier_settings, posted, receipt, sign

pytestmark = pytest.mark.django_db

ADDRESS = "/receipts/carrier/"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MESSAGE_PROVIDERS = {
        "smtp": settings.MESSAGE_PROVIDERS["smtp"],
        "carrier": carrier_settings(tmp_path),
    }
    return tmp_path


@pytest.fixture
def told():
    _person, account = make_customer(contact_email_verified_at=None)
    return make_announced(account)


def sms():
    return Delivery.objects.get(channel="sms")


def reference():
    return str(sms().attempts.get().pk)


def take(*lines):
    return receipts.take_in("carrier", posted(*lines), at=now())


def post(client, body, signature=None):
    return client.post(
        ADDRESS,
        body,
        content_type="application/json",
        headers={HEADER: sign(body) if signature is None else signature},
    )


# -- What they mean -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("sent", "accepted"),
        ("delayed", "accepted"),
        ("delivered", "delivered"),
        ("failed_for_now", "unreached"),
        ("failed_for_good", "failed"),
        ("complained", "complained"),
    ],
)
def test_the_state_that_follows(told, said, state):
    take(receipt(reference(), said))
    assert sms().state == state


def test_both_clocks_are_kept(told):
    take(receipt(reference(), "delivered", at="2026-12-31T23:59:59+08:00"))
    one = Receipt.objects.get()
    assert one.said_at.isoformat() == "2026-12-31T15:59:59+00:00"
    assert now() - one.recorded_at < timedelta(minutes=1)
    assert json.loads(bytes(one.posted.body))[0]["key"] == one.key


def test_a_hard_bounce_takes_the_proof_away(told):
    account = told.concerned.get().account
    assert gate.earliest_effect(told, account)
    before = gate.earliest_effect(told, account)
    take(receipt(reference(), "failed_for_good"))
    assert Bounce.objects.get().attempt == sms().attempts.get()
    assert Failure.objects.get().cause == "bounced"
    # Best efforts are exhausted, which counts from the bounce on.
    assert gate.earliest_effect(told, account) >= before


def test_what_staff_record_and_what_a_receipt_says_is_one_bounce(told):
    attempt = sms().attempts.get()
    delivering.record_bounce(attempt=attempt, reason="They called", answer={})
    take(receipt(reference(), "delivered"), receipt(reference(), "failed_for_good"))
    assert Bounce.objects.count() == Failure.objects.count() == 1
    assert sms().state == "failed"


EVERY_ORDER = [
    ("sent", "delayed", "delivered"),
    ("sent", "delivered", "failed_for_now"),
    ("delivered", "failed_for_good", "sent"),
    ("failed_for_good", "complained", "delivered", "sent"),
]
LINES = 7  # with doubles


def test_any_order_with_doubles_ends_in_one_state(told):
    """`make faults` does it ten thousand times."""
    judge_orders(told, times=40, at_once=5)


def judge_orders(change, *, times, at_once=50, seed=7):
    """Every set of receipts ends in one state and the same rows, whatever the order, with
    doubles, posted together with others, before the answer is written down or after it. The
    ends of each set."""
    chance = random.Random(seed)
    ends = {said: set() for said in EVERY_ORDER}
    for first in range(0, times, at_once):
        numbers = range(first, min(first + at_once, times))
        deliveries = [_another_delivery(change, number) for number in numbers]
        batch = delivering.claim("sms", at=now())
        answers = delivering.send_claimed(batch)
        orders = {}
        for number, claim in zip(numbers, batch.claimed, strict=True):
            said = EVERY_ORDER[number % len(EVERY_ORDER)]
            lines = [receipt(str(claim.attempt.pk), state) for state in said]
            lines += chance.choices(lines, k=LINES - len(lines))
            chance.shuffle(lines)
            orders[claim.delivery.pk] = (said, lines)
        early = chance.randrange(LINES + 1)
        for place in range(LINES + 1):
            if place == early:
                delivering.settle(batch, answers, at=now())
            if place < LINES:
                take(*[lines[place] for _said, lines in orders.values()])
        for delivery in deliveries:
            ends[orders[delivery.pk][0]].add(_end_of(delivery))
    assert all(len(found) == 1 for found in ends.values()), ends
    states = [next(iter(ends[said]))[0] for said in EVERY_ORDER]
    assert states == ["delivered", "unreached", "failed", "complained"]
    return ends


def _end_of(delivery):
    delivery.refresh_from_db()
    return (
        delivery.state,
        Bounce.objects.filter(attempt__delivery=delivery).count(),
        Failure.objects.filter(delivery=delivery).count(),
        Receipt.objects.filter(match__attempt__delivery=delivery).count(),
    )


def _another_delivery(change, number):
    like = Delivery.objects.filter(channel="sms").first()
    return Delivery.objects.create(
        notice=like.notice,
        expansion=like.expansion,
        channel="sms",
        address=f"+86138{number:08}",
        template=like.template,
        body=like.body,
        not_before=now(),
    )


# -- Once, and from the provider ------------------------------------------------------------


def test_it_is_posted_answered_and_kept(told, client):
    body = json.dumps([receipt(reference(), "delivered")]).encode()
    answer = post(client, body)
    assert (answer.status_code, answer.content) == (200, b'{"code": 0}')
    assert answer["Content-Type"] == "application/json"
    assert sms().state == "delivered"
    assert PostedReceipts.objects.get().headers == {HEADER: sign(body)}


def test_the_old_secret_still_counts(told, client):
    body = json.dumps([receipt(reference(), "delivered")]).encode()
    assert post(client, body, sign(body, "old")).status_code == 200
    assert post(client, body, sign(body, "older")).status_code == 403


def test_forged_ones_are_refused_and_leave_nothing(told, client):
    body = json.dumps([receipt(reference(), "failed_for_good")]).encode()
    for signature in ("", "0" * 64, sign(body + b" ")):
        assert post(client, body, signature).status_code == 403
    assert not PostedReceipts.objects.exists()
    assert sms().state == "accepted"


def test_a_replay_changes_nothing(told, client):
    body = json.dumps([receipt(reference(), "delivered")]).encode()
    assert [post(client, body).status_code for _time in range(5)] == [200] * 5
    assert PostedReceipts.objects.count() == Receipt.objects.count() == 1
    assert ReceiptMatch.objects.count() == 1


def test_an_old_receipt_replayed_after_a_new_one_does_not_count(told, client):
    early = json.dumps([receipt(reference(), "sent")]).encode()
    assert post(client, early).status_code == 200
    take(receipt(reference(), "delivered"))
    assert post(client, early).status_code == 200
    assert sms().state == "delivered"


def test_strangers_and_strange_input(client):
    assert client.get(ADDRESS).status_code == 405
    assert client.post("/receipts/nobody/", b"{}", content_type="a/b").status_code == 404
    assert post(client, b"x" * (1024 * 1024 + 1)).status_code == 413
    assert not PostedReceipts.objects.exists()


def test_what_cannot_be_read_is_kept_and_read_later(told, client, clock, monkeypatch):
    body = json.dumps([receipt(reference(), "delivered")]).encode()
    with monkeypatch.context() as broken:
        broken.setattr(Carrier, "parse_receipts", lambda *_: 1 / 0)
        assert post(client, body).status_code == 200
    assert sms().state == "accepted"
    assert UnreadReceipts.objects.get().tries == 1
    assert receipts.read_unread(at=now()) == 0
    clock.advance(minutes=11)
    assert receipts.read_unread(at=now()) == 1
    assert sms().state == "delivered"
    assert not UnreadReceipts.objects.exists()


def test_no_answer_before_everything_is_kept(told, client, monkeypatch):
    def away(*_args, **_kwargs):
        raise DatabaseError

    monkeypatch.setattr(receipts, "take_in", away)
    body = json.dumps([receipt(reference(), "delivered")]).encode()
    assert post(client, body).status_code == 503


def test_a_nul_and_half_a_character_are_no_failure(told):
    line = receipt(reference(), "delivered", key="a\0b\ud800" + "k" * 300)
    take(line)
    assert sms().state == "delivered"
    assert len(Receipt.objects.get().key) == 64


# -- What they are about ----------------------------------------------------------------------


def test_by_the_provider_reference_alone(told):
    take(receipt(reference(), "delivered", named=False))
    assert sms().state == "delivered"


def test_before_the_answer_is_written_down_it_is_parked(clock):
    _person, account = make_customer(contact_email_verified_at=None)
    change = plan(account)
    propose(change)
    approve(change)
    progress.write_messages()
    batch = delivering.claim("sms", at=now())
    answers = delivering.send_claimed(batch)
    take(receipt(reference(), "delivered", named=False))
    assert ParkedReceipt.objects.count() == 1
    delivering.settle(batch, answers, at=now())
    assert sms().state == "accepted"
    clock.advance(seconds=30)
    tasks.sweep()
    assert sms().state == "delivered"
    assert not ParkedReceipt.objects.exists()


def test_what_fits_nothing_is_looked_at_less_and_less_and_then_let_go(clock, told):
    stranger = "00000000-0000-4000-8000-000000000000"
    take(receipt(stranger, "delivered"))
    looks = 0
    for _day in range(5 * 24):
        clock.advance(hours=1)
        before = ParkedReceipt.objects.values_list("look_at", flat=True).first()
        matching.match_parked(at=now())
        after = ParkedReceipt.objects.values_list("look_at", flat=True).first()
        looks += before != after
    assert 3 < looks < 20
    assert not ParkedReceipt.objects.exists()
    assert Receipt.objects.count() == 1


def test_another_provider_says_nothing_of_ours(settings, tmp_path, told):
    settings.MESSAGE_PROVIDERS |= {"other": carrier_settings(tmp_path)}
    receipts.take_in("other", posted(receipt(reference(), "failed_for_good")), at=now())
    assert sms().state == "accepted"
    assert ParkedReceipt.objects.count() == 1


def test_fetched_ones_need_no_signature(told):
    body = json.dumps([receipt(reference(), "failed_for_good")]).encode()
    receipts.take_in("carrier", Posted(body=body), at=now(), source="mailbox")
    assert sms().state == "failed"


def test_letters_go_the_same_way(monkeypatch):
    from notices import letter_sending
    from tests.notices.test_letters import (
        KIND,
        letter_kinds,
        write,  # a letter of a kind of its own
    )

    monkeypatch.setattr(letter_kinds, "_members", letter_kinds._members | {KIND.name: KIND})
    person, _account = make_customer(contact_email_verified_at=None)
    write(person)
    letter_sending.send_due(at=now())
    delivery = LetterDelivery.objects.get(channel="sms")
    assert (delivery.state, delivery.provider) == ("accepted", "carrier")
    take(receipt(str(delivery.reference), ReceiptState.DELIVERED))
    take(receipt(str(delivery.reference), ReceiptState.SENT))
    delivery.refresh_from_db()
    assert delivery.state == "delivered"
