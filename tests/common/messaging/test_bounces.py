"""What comes back of e-mail: read by RFC 3464, and believed only with our key."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.messaging import CannotAsk, NotGenuine, Posted, ReceiptState, bounces, configured
from common.messaging.smtp import Smtp
from tests.plumbing.imap_server import ImapServer
from tests.plumbing.receiving import use_provider

REFERENCE = "0190a1b2-c3d4-7e5f-8a9b-0123456789ab"
REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Date: Mon, 30 Nov 2026 10:00:05 +0800
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B/mx.example.net"

This is a MIME-encapsulated message.

--B/mx.example.net
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B/mx.example.net
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: 4T2Xyz
Arrival-Date: Mon, 30 Nov 2026 10:00:01 +0800 (CST)

Final-Recipient: rfc822; li@example.com
Original-Recipient: rfc822;li@example.com
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.com
Diagnostic-Code: smtp; 550 5.1.1 <li@example.com>: user unknown in
    local recipient table
Last-Attempt-Date: Mon, 30 Nov 2026 10:00:04 +0800

--B/mx.example.net
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

{returned}From: apiqik <no-reply@example.com>
To: li@example.com
Message-ID: <{reference}@example.com>
Subject: Something

--B/mx.example.net--
"""


def report(action="failed", status="5.1.1", *, to="bounces@example.com", key=None, returned=None):
    if key is None:
        key = bounces.key_of(REFERENCE)
    header = f"{bounces.HEADER}: {REFERENCE} {key}\n" if returned is None else returned
    written = REPORT.format(
        action=action, status=status, to=to, returned=header, reference=REFERENCE
    )
    return written.encode()


@pytest.mark.parametrize(
    ("action", "status", "state"),
    [
        ("failed", "5.1.1", ReceiptState.FAILED_FOR_GOOD),
        ("Failed", "5.7.26 (blocked)", ReceiptState.FAILED_FOR_GOOD),
        ("failed", "4.4.7", ReceiptState.FAILED_FOR_NOW),
        ("failed", "", ReceiptState.FAILED_FOR_GOOD),
        ("delayed", "4.4.1", ReceiptState.DELAYED),
        ("delivered", "2.0.0", ReceiptState.DELIVERED),
        ("relayed", "2.0.0", ReceiptState.SENT),
        ("expanded", "2.0.0", ReceiptState.SENT),
    ],
)
def test_what_the_server_did(action, status, state):
    [receipt] = bounces.receipts(report(action, status))
    assert receipt.state is state
    assert receipt.reference == REFERENCE
    assert receipt.address == "li@example.com"
    assert receipt.at == datetime(2026, 11, 30, 2, 0, 4, tzinfo=UTC)
    assert receipt.detail["diagnostic"].endswith("user unknown in local recipient table")


def test_an_action_that_there_is_not_says_nothing():
    assert bounces.receipts(report("vanished", "5.0.0")) == []


def test_the_same_again_has_the_same_key_and_another_state_has_not():
    first, again = bounces.receipts(report())[0], bounces.receipts(b"Received: x\n" + report())[0]
    assert first.key == again.key
    assert bounces.receipts(report("delayed", "4.4.1"))[0].key != first.key


def test_the_address_it_came_to_proves_it_even_when_no_headers_are_returned():
    address = bounces.return_path("b@example.com", REFERENCE, bounces.key_of(REFERENCE))
    [receipt] = bounces.receipts(report(to=f"<{address}>", returned=""))
    assert receipt.reference == REFERENCE
    [receipt] = bounces.receipts(report(to=address.upper(), returned=""))
    assert receipt.reference == REFERENCE


def test_crlf_and_a_folded_header():
    raw = report(returned=f"X-Delivery-Key:\n {REFERENCE} {bounces.key_of(REFERENCE)}\n")
    assert bounces.receipts(raw.replace(b"\n", b"\r\n"))[0].reference == REFERENCE


@pytest.mark.parametrize(
    "raw",
    [
        report(returned=""),  # our Message-ID, which everybody can see, and no key
        report(key="0" * 20),
        report(key=bounces.key_of(str(uuid.uuid4()))),
        report(to=f"b+{REFERENCE.replace('-', '')}-{'0' * 20}@example.com", returned=""),
        b"",
        b"\x00\xff" * 5000,
        b"X-Delivery-Key: " + b"a" * 100_000,
    ],
)
def test_a_made_up_bounce_is_refused(raw):
    with pytest.raises(NotGenuine):
        bounces.receipts(raw)
    with pytest.raises(NotGenuine):
        Smtp.verify(Smtp.__new__(Smtp), Posted(body=raw))


def test_the_body_of_a_mail_to_nobody_is_not_an_address_it_came_to():
    address = bounces.return_path("b@example.com", REFERENCE, bounces.key_of(REFERENCE))
    assert bounces.demand_ours(f"To: {address}\n\n".encode())
    with pytest.raises(NotGenuine):
        bounces.demand_ours(f"From: x@example.com\n\nTo: {address}\n".encode())


def test_a_key_of_the_secret_before_still_counts(settings):
    raw = report()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 60
    assert bounces.receipts(raw)
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(NotGenuine):
        bounces.receipts(raw)


def test_a_holiday_reply_is_no_receipt():
    raw = (
        f"To: <{bounces.return_path('b@example.com', REFERENCE, bounces.key_of(REFERENCE))}>\n"
        "Subject: I am away\nContent-Type: text/plain\n\nAction: failed\nStatus: 5.0.0\n"
    )
    assert bounces.receipts(raw.encode()) == []


def test_a_complaint():
    raw = (
        "From: fbl@example.net\nTo: abuse@example.com\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nA complaint\n"
        "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n\n"
        f"--b\nContent-Type: message/rfc822\n\n"
        f"X-Delivery-Key: {REFERENCE} {bounces.key_of(REFERENCE)}\nSubject: s\n\nBody\n--b--\n"
    )
    [receipt] = bounces.receipts(raw.encode())
    assert (receipt.state, receipt.reference) == (ReceiptState.COMPLAINED, REFERENCE)


def test_a_broken_report_neither_falls_over_nor_keeps_nul():
    for end in range(0, len(report()), 97):
        try:
            bounces.receipts(report()[:end] + b"\x00\xff\xfe")
        except NotGenuine:
            continue
    [receipt] = bounces.receipts(report().replace(b"user unknown", b"user\x00 unknown"))
    assert "\x00" not in str(receipt.detail)


# --- from a mailbox ----------------------------------------------------------------------------


def maildir(tmp_path, *mails):
    for folder in ("new", "cur", "tmp"):
        (tmp_path / "box" / folder).mkdir(parents=True)
    for number, raw in enumerate(mails):
        (tmp_path / "box" / "new" / f"{number}.host").write_bytes(raw)
    return tmp_path / "box"


def test_a_maildir_is_read_once_and_what_failed_comes_again(settings, tmp_path):
    box = maildir(tmp_path, report(), report(returned=""), report("delayed", "4.0.0"))
    use_provider(settings, "email", Smtp, mailbox={"maildir": str(box)})
    smtp = configured.preferred("email")
    taken = []

    def take(posted):
        smtp.verify(posted)
        taken.append(smtp.parse_receipts(posted)[0].state)
        if len(taken) == 2:
            raise OSError("the database is away")

    with pytest.raises(OSError, match="away"):
        smtp.collect(take)
    assert taken == [ReceiptState.FAILED_FOR_GOOD, ReceiptState.DELAYED]
    assert len(list((box / "new").iterdir())) == 1
    assert smtp.collect(take) == 1
    assert smtp.collect(take) == 0
    assert taken[2:] == [ReceiptState.DELAYED]
    assert sum(1 for _ in Path(box / "cur").iterdir()) == 3


def imap_at(settings, server, *secrets):
    place = {"host": "127.0.0.1", "port": server.port, "user": "bounces", "security": ""}
    settings.MESSAGE_PROVIDERS = {
        "smtp": {
            "class": Smtp,
            "channel": "email",
            "secrets": list(secrets),
            "options": {"mailbox": place},
        }
    }
    return configured.get("smtp")


def test_a_mailbox_by_imap_is_read_once_and_what_failed_comes_again(settings):
    with ImapServer([report(), report(returned=""), report("delayed", "4.0.0")]) as server:
        smtp = imap_at(settings, server, "new word", "word")
        taken = []

        def take(posted):
            smtp.verify(posted)
            taken.append(smtp.parse_receipts(posted)[0].state)
            if len(taken) == 2:
                raise RuntimeError("the database is away")

        with pytest.raises(RuntimeError, match="away"):
            smtp.collect(take)
        assert server.seen == {1, 2}
        assert smtp.collect(take) == 1
        assert smtp.collect(take) == 0
    assert taken == [ReceiptState.FAILED_FOR_GOOD, ReceiptState.DELAYED, ReceiptState.DELAYED]


def test_a_mailbox_that_is_away_or_refuses_says_so(settings):
    with ImapServer([]) as server:
        with pytest.raises(CannotAsk):
            imap_at(settings, server, "another").collect(lambda posted: None)
        server.port = 9
        with pytest.raises(CannotAsk):
            imap_at(settings, server, "word").collect(lambda posted: None)
