"""The letter: handsome, harmless, and the same every time."""

import hashlib
import json
import re
from email import message_from_bytes, policy

import pytest
from django.core import mail

from common.messaging import configured
from notices import channels
from notices.letter import LAYOUTS, compose
from notices.models import Delivery, Outcome
from tests.notices.making import make_announced, make_customer

BODY = """Dear Li Hua,

Image generation will be suspended for:
- Example Co. (acc_1)
- Li Hua (acc_2)

From: 30 November 2026, 00:00 (Asia/Shanghai)
Basis: Terms of Service, clause 1.3

Read it here: https://example.com/inbox/?a=1&b=2.
"""


def html(body=BODY, subject="A subject", language="en"):
    return compose(subject=subject, body=body, language=language).html


def test_paragraphs_lists_facts_and_links():
    made = html()
    assert "<p>Dear Li Hua,</p>" in made
    assert "<ul><li>Example Co. (acc_1)</li><li>Li Hua (acc_2)</li></ul>" in made
    assert re.search(r"<th [^>]*>Basis</th><td [^>]*>Terms of Service, clause 1.3</td>", made)
    address = "https://example.com/inbox/?a=1&amp;b=2"
    assert f'<a href="{address}" class="a">{address}</a>.</p>' in made


def test_facts_in_chinese_and_a_link_before_chinese_punctuation():
    made = html("条款：1.3\n编号：chg_1\n\n详情见 https://example.com/inbox/。", language="zh-hans")
    assert '<html lang="zh-Hans">' in made
    assert made.count("<tr>") == 2
    assert ">https://example.com/inbox/</a>。" in made


def test_one_line_with_a_colon_is_no_table():
    assert "<table" not in html("Why: repeated violations")


@pytest.mark.parametrize("place", ["subject", "body"])
def test_markup_in_a_text_stays_text(place):
    evil = '<img src=x onerror=alert(1)> https://x.test/"onmouseover="alert(1)'
    made = html(**{place: evil})
    assert "<img" not in made
    assert 'onmouseover="' not in made.replace("&quot;", "") or 'href="https://x.test/"' in made
    assert "&lt;img" in made


def test_nothing_is_loaded_from_anywhere():
    made = html()
    assert not re.search(r"<(script|img|link|iframe|object|form)\b|@import|url\(|src=", made)


def test_the_first_layout_stays_as_it_was_sent():
    """Failing means letters already sent can no longer be shown: write the next layout."""
    made = compose(subject="A subject", body=BODY, language="en", layout=1)
    assert made.proof()["html_sha256"] == (
        "5bb9ff1668a64b972ef35b68fe3f3735768c2b121a5dad6684d0eb804c12c12d"
    )
    assert list(LAYOUTS) == list(range(1, len(LAYOUTS) + 1))


@pytest.mark.django_db
def test_what_was_sent_is_proven_from_what_was_kept():
    make_announced(make_customer(language="en")[1])
    delivery = Delivery.objects.select_related("body").get(channel="email")
    answer = Outcome.objects.get(attempt__delivery=delivery).answer
    [sent] = mail.outbox
    message = message_from_bytes(sent.message().as_bytes(), policy=policy.default)
    parts = {
        part.get_content_type(): part.get_content().rstrip("\n") + "\n"
        for part in message.walk()
        if not part.is_multipart()
    }
    again = compose(
        subject=delivery.body.subject,
        body=delivery.body.body,
        language=answer["language"],
        layout=answer["layout"],
    )
    assert again.proof() == answer
    assert hashlib.sha256(parts["text/html"].encode()).hexdigest() == answer["html_sha256"]
    assert hashlib.sha256(parts["text/plain"].encode()).hexdigest() == answer["text_sha256"]
    json.dumps(answer)


def test_what_arrives_over_the_wire_is_what_was_hashed(mailbox):
    """Long lines and Chinese are encoded on the way; decoded they are the same."""
    body = "李华：\n\n" + "很长的一段话，" * 300 + "\n\n编号：chg_1\n依据：1.3\n"
    letter = channels.write(
        "email",
        reference="ref-1",
        address="li@example.com",
        subject="图像生成将于 2026年11月30日暂停" * 4,
        body=body,
        template="t",
        language="zh-hans",
    )
    [answer] = channels.send(configured.preferred("email"), [letter])
    [arrived] = mailbox.messages
    # A long first word is folded onto the next line, whose blank readers leave out.
    assert arrived["Subject"].strip() == letter.subject
    assert arrived["Content-Language"] == "zh-Hans"
    for kind, name in (("plain", "text_sha256"), ("html", "html_sha256")):
        text = arrived.get_body((kind,)).get_content().replace("\r\n", "\n")
        assert hashlib.sha256(text.encode()).hexdigest() == answer.answer[name]


def test_headers_say_what_it_is():
    [answer] = channels.send(
        configured.preferred("email"),
        [
            channels.write(
                "email",
                reference="ref-1",
                address="li@example.com",
                subject="Two\r\nBcc: everybody@example.com",
                body=BODY,
                template="t",
                language="zh-hans",
            )
        ],
    )
    assert answer.verdict == "accepted"
    message = mail.outbox[0].message()
    assert message["Subject"] == "Two Bcc: everybody@example.com"
    assert message["Bcc"] is None
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "zh-Hans"
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.get_payload()] == [
        "text/plain",
        "text/html",
    ]
