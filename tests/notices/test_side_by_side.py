"""Batches side by side: nothing that was answered is lost, whoever fails."""

import signal
import threading
import time

import pytest

from common.messaging import Provider, Submission, Verdict
from notices import delivering, progress, side_by_side
from notices.models import Attempt, Delivery, ProviderLimit
from tests.notices.making import approve, make_customer, make_organization, plan, propose

A_MOMENT = 20


class Steps:
    """Batches are numbers; what is done with them is written down in order."""

    def __init__(self, batches):
        self.left = iter(range(batches))
        self.done, self.most_on_their_way, self._claimed = [], 0, 0

    def claim(self):
        batch = next(self.left, None)
        if batch is not None:
            self._claimed += 1
            settled = sum(what == "settled" for what, *_rest in self.done)
            self.most_on_their_way = max(self.most_on_their_way, self._claimed - settled)
        return batch

    def send(self, batch):
        return f"answer {batch}"

    def settle(self, batch, answer):
        self.done.append(("settled", batch, answer))

    def put_back(self, batch):
        self.done.append(("put back", batch))

    def run(self):
        side_by_side.run(self.claim, self.send, self.settle, self.put_back)


def settled(*batches):
    return [("settled", batch, f"answer {batch}") for batch in batches]


def test_all_are_sent_and_settled_in_order():
    steps = Steps(5)
    steps.run()
    assert steps.done == settled(*range(5))
    assert steps.most_on_their_way <= 2  # one is sent, and one waits


def test_the_next_is_claimed_while_one_is_sent():
    steps = Steps(2)
    claimed = threading.Event()
    claim, send = steps.claim, steps.send

    def claim_and_tell():
        batch = claim()
        if batch == 1:
            claimed.set()
        return batch

    def wait_for_the_next(batch):
        assert claimed.wait(A_MOMENT)
        return send(batch)

    steps.claim, steps.send = claim_and_tell, wait_for_the_next
    steps.run()
    assert steps.done == settled(0, 1)


def test_a_claim_that_fails_loses_no_answer():
    steps = Steps(5)
    claim = steps.claim

    def fail_at_the_third():
        batch = claim()
        if batch == 2:
            raise ConnectionError("the database went away")
        return batch

    steps.claim = fail_at_the_third
    with pytest.raises(ConnectionError):
        steps.run()
    assert [what for what, batch, *_rest in steps.done if batch == 0] == ["settled"]
    assert {batch for _what, batch, *_rest in steps.done} == {0, 1}


def test_what_waits_behind_one_when_time_is_up_is_put_back(monkeypatch):
    """As the soft time limit of a task ends it, wherever it is."""
    steps = Steps(5)
    waits, ended, put_back = threading.Event(), threading.Event(), threading.Event()
    settle_first = side_by_side._settle_first

    def tell_and_settle(*args):
        waits.set()
        settle_first(*args)

    def end_it(batch):
        assert waits.wait(A_MOMENT)
        until = time.monotonic() + A_MOMENT
        # Again and again: one that comes just before the wait begins does not end it.
        while not put_back.wait(0.05):
            assert time.monotonic() < until
            signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
        return f"answer {batch}"

    def tell_of_it(batch):
        steps.done.append(("put back", batch))
        put_back.set()

    def time_is_up(*_args):
        if not ended.is_set():
            ended.set()
            raise TimeoutError("time is up")

    monkeypatch.setattr(side_by_side, "_settle_first", tell_and_settle)
    steps.send, steps.put_back = end_it, tell_of_it
    before = signal.signal(signal.SIGUSR1, time_is_up)
    try:
        with pytest.raises(TimeoutError):
            steps.run()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert steps.done == [("put back", 1), *settled(0)]


def test_a_provider_that_raises_ends_the_run_and_the_next_is_put_back_or_sent():
    steps = Steps(5)
    claimed = threading.Event()
    claim = steps.claim

    def claim_and_tell():
        batch = claim()
        if batch == 1:
            claimed.set()
        return batch

    def fail_at_the_first(batch):
        if batch == 0:
            assert claimed.wait(A_MOMENT)
            raise RuntimeError("no provider raises, but this one does")
        return f"answer {batch}"

    steps.claim, steps.send = claim_and_tell, fail_at_the_first
    with pytest.raises(RuntimeError):
        steps.run()
    assert steps.done in (settled(1), [("put back", 1)])


def test_what_could_not_be_written_down_is_tried_once_more():
    steps = Steps(3)
    settle, failures = steps.settle, iter([ConnectionError("gone for a moment")])

    def fail_once(batch, answer):
        if error := next(failures, None):
            raise error
        settle(batch, answer)

    steps.settle = fail_once
    with pytest.raises(ConnectionError):
        steps.run()
    assert settled(0)[0] in steps.done
    assert {batch for _what, batch, *_rest in steps.done} == {0, 1}


# --- with the database ---------------------------------------------------------------------


class Noting(Provider):
    """Accepts all, and notes the thread and what is committed of each attempt."""

    threads: set[str] = set()
    attempts: list[int] = []

    def send(self, batch):
        self.threads.add(threading.current_thread().name)
        keys = [message.reference for message in batch]
        self.attempts.append(Attempt.objects.filter(pk__in=keys, outcome=None).count())
        return [Submission(reference=key, verdict=Verdict.ACCEPTED) for key in keys]


@pytest.fixture
def many(settings, monkeypatch):
    settings.MESSAGE_PROVIDERS = {
        channel: {"class": Noting, "channel": channel} for channel in ("email", "sms")
    }
    monkeypatch.setattr(delivering, "BATCH", 3)
    monkeypatch.setattr(Noting, "threads", set())
    monkeypatch.setattr(Noting, "attempts", [])
    people = [make_customer(contact_email=f"p{number}@example.com")[0] for number in range(8)]
    change = plan(make_organization(*people))
    propose(change)
    approve(change)
    progress.write_messages()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limited", [False, True])
def test_each_goes_once_and_its_attempt_is_committed_before(many, limited):
    if limited:
        # Counted by the moment of the claim: nothing is claimed ahead then.
        ProviderLimit.objects.create(provider="sms", per_day=1000)
    assert delivering.deliver_all("sms", at_most=delivering.LEASE) == (8, False)
    sent = Delivery.objects.filter(channel="sms")
    assert set(sent.values_list("state", "attempts__outcome__verdict")) == {
        ("accepted", "accepted")
    }
    assert sent.count() == sum(Noting.attempts) == 8
    assert any(name.startswith("sending") for name in Noting.threads) != limited
