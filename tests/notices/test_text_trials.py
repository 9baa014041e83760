"""Previews and tests: real values, the writer's own address, and no notice to anybody."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils.translation import override

from accounts.exceptions import NotAllowed
from common.clock import now
from common.messaging import Submission, Verdict
from common.messaging.memory import Memory
from notices import text_trials, texts
from notices.exceptions import TemplateIsBroken, TooManyTests
from notices.models import Attempt, Delivery, Notice, TestOutcome, TestSend
from tests.notices.making import make_customer, make_organization, plan
from tests.notices.writing import make_writer, text_of
from tests.plumbing.receiving import use_texts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def outbox(settings):
    use_texts(settings, "memory://")
    Memory.outbox.clear()
    return Memory.outbox


def wording(channel, body=None, **text):
    found = text_of(channel, **text)
    return texts.Wording(text=found, subject=found.subject, body=body or found.body)


def make_reachable_writer(**fields):
    verified = {"contact_email": "writer@example.com", "contact_email_verified_at": now()}
    return make_writer(**{**verified, **fields})


def send(words, by, at=None):
    shown = text_trials.preview(words)
    return text_trials.send_test(wording=words, shown=shown, sent_by=by, at=at or now())


def test_a_preview_is_what_the_first_to_be_told_would_get():
    person, account = make_customer(name="Ada", language="en", time_zone="Europe/Berlin")
    company = make_organization(person, name="Example Co.")
    change = plan(account, company, reason_en="Too many requests")
    shown = text_trials.preview(wording("email"), change=change)
    assert shown.recipient == person
    assert "Dear Ada," in shown.rendered.body
    assert f"- Example Co. ({company.public_id})" in shown.rendered.body
    assert "Too many requests" in shown.rendered.body
    assert "(Europe/Berlin)" in shown.rendered.subject


def test_a_person_can_be_chosen():
    ada, account = make_customer(name="Ada")
    ben, _account = make_customer(name="Ben")
    change = plan(account, make_organization(ada, ben))
    assert text_trials.preview(wording("sms"), change=change, person=ben).recipient == ben
    stranger, _account = make_customer(name="Eve")
    assert text_trials.preview(wording("sms"), change=change, person=stranger).recipient == ada


def test_an_announcement_is_shown_as_everybody_reads_it():
    change = plan(make_customer(time_zone="Europe/Berlin")[1])
    shown = text_trials.preview(wording("announcement"), change=change)
    assert "(Asia/Shanghai)" in shown.rendered.subject


def test_without_a_change_plausible_values_stand_in():
    shown = text_trials.preview(wording("sms", language="zh-hans"))
    assert shown.change is None
    assert "图像生成" in shown.rendered.body
    assert shown.segments == 2


def test_a_preview_of_a_broken_text_says_so():
    with pytest.raises(TemplateIsBroken):
        text_trials.preview(wording("email", body="${"))


def test_a_test_goes_to_the_writer_alone_and_is_recorded():
    writer, words = make_reachable_writer(), wording("email")
    outcome = send(words, writer)
    [letter] = mail.outbox
    assert letter.to == ["writer@example.com"]
    assert letter.subject.startswith("(test) Image generation")
    test = TestSend.objects.get()
    assert (test.sent_by, test.channel, test.address) == (writer, "email", "wr***@example.com")
    assert test.text_sha256 == words.sha256
    assert str(test.pk) in letter.extra_headers["Message-ID"]
    assert (outcome.test_send, outcome.verdict) == (test, "accepted")
    assert outcome.answer["html_sha256"]


def test_a_text_message_keeps_its_signature_in_front(outbox):
    writer = make_reachable_writer()
    send(wording("sms", language="zh-hans"), writer)
    send(wording("sms"), writer)
    assert [message.address for message in outbox] == [writer.phone] * 2
    assert outbox[0].body.startswith("【apiqik】（测试）")
    assert outbox[1].body.startswith("[apiqik] (test) Image generation")


def test_a_test_is_no_notice():
    send(wording("sms"), make_reachable_writer())
    assert not any(model.objects.exists() for model in (Notice, Delivery, Attempt))


def test_the_record_stands_before_anything_leaves(monkeypatch):
    def explode(_transport, _messages):
        assert TestSend.objects.count() == 1
        raise RuntimeError("the provider's library fell over")

    monkeypatch.setattr(Memory, "send", explode)
    with pytest.raises(RuntimeError):
        send(wording("sms"), make_reachable_writer())
    assert TestSend.objects.count() == 1
    assert not TestOutcome.objects.exists()


def test_a_refusal_of_the_provider_is_recorded(monkeypatch):
    refused = [Submission(reference="r", verdict=Verdict.REJECTED_FOR_GOOD, answer={"code": "x"})]
    monkeypatch.setattr(Memory, "send", lambda *_given: refused)
    outcome = send(wording("sms"), make_reachable_writer())
    assert (outcome.verdict, outcome.answer) == ("rejected_for_good", {"code": "x"})


@pytest.mark.parametrize("channel", ["inbox", "announcement"])
def test_pages_are_not_sent(channel):
    with pytest.raises(NotAllowed):
        send(wording(channel), make_reachable_writer())


def test_an_address_that_is_not_verified_gets_none():
    writer = make_reachable_writer(contact_email_verified_at=None)
    with pytest.raises(NotAllowed):
        send(wording("email"), writer)
    assert mail.outbox == []


def test_only_writers_send_tests_and_only_of_texts_that_could_be_saved():
    with pytest.raises(NotAllowed):
        send(wording("sms"), make_customer()[0])
    with override("en"), pytest.raises(TemplateIsBroken, match="signature"):
        send(wording("sms", body="no signature"), make_reachable_writer())
    assert not TestSend.objects.exists()


def test_tests_are_rationed(monkeypatch):
    monkeypatch.setattr(text_trials, "MOST_TESTS", 2)
    writer, words = make_reachable_writer(), wording("sms")
    send(words, writer)
    send(words, writer)
    with pytest.raises(TooManyTests):
        send(words, writer)
    send(words, make_reachable_writer())
    send(words, writer, at=now() + timedelta(hours=1, seconds=5))
