"""E-mail over one line: pipelined or not, refused, broken, and the same letter at the end."""

import hashlib
import os
import uuid
from email import message_from_bytes, policy

import pytest

from common.messaging import Message, Verdict, bounces, configured
from common.messaging.mail import mail_bytes
from common.messaging.smtp import Smtp
from notices import channels
from tests.plumbing.mail_sink import Rules, Sink
from tests.plumbing.receiving import use_provider

BOTH = pytest.mark.parametrize("pipelining", [True, False])
BODY = "李华：\n\n" + "很长的一段话，" * 300 + "\n\n.一个点\n..两个点\n编号：chg_1\n依据：1.3\n"


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


def provider_at(settings, sink, **options):
    use_provider(settings, "email", Smtp, host="127.0.0.1", port=sink.port, **options)
    return configured.preferred("email")


def letter(address="li@example.com", body=BODY, language="zh-hans"):
    return channels.write(
        "email",
        reference=str(uuid.uuid4()),
        address=address,
        subject="图像生成将于 2026年11月30日暂停" * 4,
        body=body,
        template="t",
        language=language,
    )


def verdicts(answers):
    return [answer.verdict for answer in answers]


@BOTH
def test_all_of_a_batch_goes_over_one_line_and_the_next_batch_too(settings, sink, pipelining):
    sink.rules.pipelining = pipelining
    smtp = provider_at(settings, sink)
    first, second = [letter(f"p{n}@example.com") for n in range(40)], [letter()]
    assert verdicts(smtp.send(first)) == [Verdict.ACCEPTED] * 40
    assert verdicts(smtp.send(second)) == [Verdict.ACCEPTED]
    assert sink.lines == 1
    assert [to for _from, to, _raw in sink.messages] == [one.address for one in first + second]
    for message, (_sender, _to, raw) in zip(first + second, sink.messages, strict=True):
        assert f"<{message.reference}@localhost>".encode() in raw


def test_the_letter_that_arrives_is_the_one_that_was_hashed(settings, sink):
    plain = "Dear Li,\n\n.A dot\n" + "a long line " * 90 + "\nFrom: now\nTo: then\n"
    messages = [letter(), letter(body=plain, language="en"), letter(body="Hi\n.\nDot\n")]
    answers = channels.send(provider_at(settings, sink), messages)
    for message, answer, (_from, _to, raw) in zip(messages, answers, sink.messages, strict=True):
        arrived = message_from_bytes(raw, policy=policy.default)
        assert arrived["Subject"].strip() == message.subject
        assert arrived["To"] == message.address
        assert arrived["Auto-Submitted"] == "auto-generated"
        assert max(map(len, raw.split(b"\r\n"))) < 998
        for kind, name in (("plain", "text_sha256"), ("html", "html_sha256")):
            text = arrived.get_body((kind,)).get_content().replace("\r\n", "\n")
            assert hashlib.sha256(text.encode()).hexdigest() == answer.answer[name]


@BOTH
@pytest.mark.parametrize("wants_message_anyway", [True, False])
def test_one_that_is_refused_takes_no_other_along(settings, sink, pipelining, wants_message_anyway):
    sink.rules = Rules(
        pipelining=pipelining,
        wants_message_anyway=wants_message_anyway,
        refuse={"bad@example.com": "550 5.1.1 nobody", "full@example.com": "452 4.2.2 full"},
    )
    who = ["a@example.com", "bad@example.com", "full@example.com", "b@example.com"]
    answers = provider_at(settings, sink).send([letter(address) for address in who])
    assert verdicts(answers) == [
        Verdict.ACCEPTED,
        Verdict.REJECTED_FOR_GOOD,
        Verdict.REJECTED_FOR_NOW,
        Verdict.ACCEPTED,
    ]
    assert answers[1].answer["code"] == 550
    assert [to for _from, to, _raw in sink.messages] == ["a@example.com", "b@example.com"]
    assert all(b"p0@" not in raw for _from, _to, raw in sink.messages)


@BOTH
def test_a_line_that_breaks_leaves_one_in_doubt_and_the_rest_untried(settings, sink, pipelining):
    sink.rules = Rules(pipelining=pipelining, vanishes=3)
    smtp = provider_at(settings, sink)
    messages = [letter(f"p{n}@example.com") for n in range(5)]
    answers = smtp.send(messages)
    assert (
        verdicts(answers)
        == [Verdict.ACCEPTED] * 2 + [Verdict.AMBIGUOUS] + [Verdict.REJECTED_FOR_NOW] * 2
    )
    assert len(sink.messages) == 3
    assert verdicts(smtp.send(messages[3:])) == [Verdict.ACCEPTED] * 2
    assert sink.lines == 2


def test_a_server_that_hangs_up_after_so_many_messages_gets_them_on_the_next_line(settings, sink):
    sink.rules.messages_a_line = 3
    smtp = provider_at(settings, sink)
    assert verdicts(smtp.send([letter() for _ in range(10)])) == [Verdict.ACCEPTED] * 10
    assert (len(sink.messages), sink.lines) == (10, 4)


def test_nobody_there_refuses_for_now(settings, sink):
    smtp = provider_at(settings, sink)
    assert verdicts(smtp.send([letter()])) == [Verdict.ACCEPTED]
    use_provider(settings, "email", Smtp, host="127.0.0.1", port=9)
    [answer] = configured.preferred("email").send([letter()])
    assert (answer.verdict, answer.answer["error"]) == (
        Verdict.REJECTED_FOR_NOW,
        "ConnectionRefusedError",
    )


@pytest.mark.parametrize(
    "address",
    ["no-at", "a b@example.com", "a@b\r\nRCPT TO:<c@d>", "李@example.com", "@x", "a@", "a@b>x"],
)
def test_what_is_no_address_never_reaches_the_server(settings, sink, address):
    answers = provider_at(settings, sink).send([letter(address), letter()])
    assert verdicts(answers) == [Verdict.REJECTED_FOR_GOOD, Verdict.ACCEPTED]
    assert len(sink.messages) == 1


def test_a_domain_in_chinese_is_written_in_ascii(settings, sink):
    [answer] = provider_at(settings, sink).send([letter("li@例子.com")])
    assert answer.verdict is Verdict.ACCEPTED
    assert sink.messages[0][1] == "li@xn--fsqu00a.com"


def test_half_a_character_is_refused_and_the_rest_goes(settings, sink):
    broken = Message(reference=str(uuid.uuid4()), address="a@example.com", body="\ud83d")
    answers = provider_at(settings, sink).send([letter(), broken, letter()])
    assert verdicts(answers) == [Verdict.ACCEPTED, Verdict.REJECTED_FOR_GOOD, Verdict.ACCEPTED]
    assert len(sink.messages) == 2


def test_the_old_password_holds_until_the_server_knows_the_new(settings, sink):
    sink.rules.password = "old"
    settings.MESSAGE_PROVIDERS = {
        "smtp": {
            "class": Smtp,
            "channel": "email",
            "secrets": ["new", "old"],
            "options": {"host": "127.0.0.1", "port": sink.port, "user": "notices"},
        }
    }
    assert verdicts(configured.get("smtp").send([letter()])) == [Verdict.ACCEPTED]
    sink.rules.password = "another"
    settings.MESSAGE_PROVIDERS["smtp"]["secrets"] = ["new", "newer"]
    [answer] = configured.get("smtp").send([letter()])
    assert answer.verdict is Verdict.REJECTED_FOR_NOW
    assert "newer" not in str(answer)


def test_what_comes_back_goes_to_an_address_that_proves_itself(settings, sink):
    message = letter()
    provider_at(settings, sink, bounces="bounces@example.com").send([message])
    [(sender, _to, raw)] = sink.messages
    plain = message.reference.replace("-", "")
    assert sender == f"bounces+{plain}-{bounces.key_of(message.reference)}@example.com"
    assert bounces.demand_ours(raw) == message.reference


def test_a_process_that_was_forked_has_a_line_of_its_own(settings, sink):
    smtp = provider_at(settings, sink)
    smtp.send([letter()])
    child = os.fork()
    if not child:
        os._exit(0 if verdicts(smtp.send([letter()])) == [Verdict.ACCEPTED] else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert verdicts(smtp.send([letter()])) == [Verdict.ACCEPTED]
    assert (sink.lines, len(sink.messages)) == (2, 3)


def test_a_subject_of_several_lines_is_one_header():
    raw = mail_bytes(
        Message(reference="r", address="a@b.c", body="b", subject="Two\r\nBcc: x@example.com"),
        headers={},
    )
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Subject"] == "Two Bcc: x@example.com"
    assert mail["Bcc"] is None
