"""Mail servers that hang, folders that are full, texts that break a header."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from common.clock import now
from common.messaging import Submission, Verdict, django_backend, one_by_one
from common.messaging.memory import Memory
from notices import channels, delivering, progress, rendering
from notices.models import Delivery, Outcome, ServiceChange, Template
from tests.accounts.making import make_service
from tests.notices.making import approve, make_customer, plan, propose
from tests.plumbing.receiving import use_texts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _texts_stay_here(settings):
    use_texts(settings, "memory://")


def announced(people, **contents):
    accounts = [make_customer(contact_email=f"{n}@example.com")[1] for n in range(people)]
    change = plan(*accounts, **contents)
    propose(change)
    approve(change)
    progress.write_messages()
    return change


class Slow:
    """A connection on which each message takes ten seconds."""

    def __init__(self, ticks):
        self.connection, self.ticks = None, ticks

    def open(self):
        pass

    def close(self):
        pass

    def send_messages(self, _messages):
        self.ticks.append(1)


def test_a_slow_server_does_not_take_the_answers_with_it(monkeypatch):
    """The batch ends while the claim still stands; the rest is tried again later."""
    announced(20)
    ticks = []
    monkeypatch.setattr(django_backend, "get_connection", lambda: Slow(ticks))
    monkeypatch.setattr(one_by_one, "monotonic", lambda: 10.0 * len(ticks))
    assert delivering.deliver_batch("email", at=now()) == 20
    assert Outcome.objects.count() == 20
    states = list(Delivery.objects.filter(channel="email").values_list("state", flat=True))
    assert (states.count("accepted"), states.count("retrying")) == (5, 15)


def test_a_slow_gateway_of_texts_neither(monkeypatch):
    announced(20)
    ticks = []

    def slow(_transport, messages):
        ticks.extend(messages)
        return [Submission(reference=one.reference, verdict=Verdict.ACCEPTED) for one in messages]

    monkeypatch.setattr(Memory, "send", slow)
    monkeypatch.setattr(Memory, "most_at_once", 3)
    monkeypatch.setattr(channels, "monotonic", lambda: 20.0 * len(ticks))
    assert delivering.deliver_batch("sms", at=now()) == 20
    states = list(Delivery.objects.filter(channel="sms").values_list("state", flat=True))
    assert (states.count("accepted"), states.count("retrying")) == (3, 17)


def test_a_mail_folder_that_cannot_be_written_is_tried_again(monkeypatch):
    announced(1)

    def refuse():
        raise ImproperlyConfigured("Could not write to directory")

    monkeypatch.setattr(django_backend, "get_connection", refuse)
    delivering.deliver_batch("email", at=now())
    assert Delivery.objects.get(channel="email").state == "retrying"


def test_a_full_disk_leaves_unknown_and_ends_nothing(monkeypatch):
    announced(2)

    class Full(Slow):
        def send_messages(self, _messages):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(django_backend, "get_connection", lambda: Full([]))
    assert delivering.deliver_batch("email", at=now()) == 2
    assert Outcome.objects.count() == 2


@pytest.mark.parametrize("title", ["Stop\r\nBcc: all@example.com", "Stop\u2028now", "A\x0bB"])
def test_a_title_of_several_lines_makes_a_subject_of_one(title):
    text = rendering.render(Template(subject="${title}", body="${title}"), {"title": title})
    assert len(text.subject.splitlines()) == 1
    assert text.body == title


def test_one_broken_change_holds_up_nobody_else(monkeypatch):
    broken = plan(make_customer()[1])
    sound = plan(make_customer(contact_email="b@example.com")[1], service=make_service("b"))
    for change in (broken, sound):
        propose(change)
        approve(change)
    step = progress.step

    def fail(change, **named):
        if change.pk == broken.pk:
            raise KeyError("no such text")
        return step(change, **named)

    monkeypatch.setattr(progress, "step", fail)
    assert progress.write_messages() == (2, False)
    assert ServiceChange.objects.get(pk=sound.pk).state == "announcing"
    assert ServiceChange.objects.get(pk=broken.pk).state == "approved"
