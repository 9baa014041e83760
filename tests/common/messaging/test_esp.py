"""E-mail by services that anymail knows: Postmark's API on loopback, and what it posts."""

import hmac
import json
import threading
import uuid
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from common.messaging import (
    Message,
    NotGenuine,
    Posted,
    ReceiptState,
    Verdict,
    configured,
    keyed_addresses,
)
from common.messaging.esp import Esp

INVALID = "Invalid 'To' address: 'x@example.com'."


class Postmark:
    """`plans` maps an address to (status, answer), or to None for silence."""

    def __init__(self):
        self.sent, self.plans, self.token = [], {}, "new"
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                body = body[0] if isinstance(body, list) else body
                planned = service.answer(self.headers, body)
                if planned is None:
                    return
                status, answer = planned
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def answer(self, headers, body):
        if headers["X-Postmark-Server-Token"] != self.token:
            return 401, {"ErrorCode": 10, "Message": "Bad or missing API token"}
        planned = self.plans.get(body["To"], "taken")
        if planned != "taken":
            return planned
        self.sent.append(body)
        taken = {
            "To": body["To"],
            "SubmittedAt": "2026-11-30T10:00:00Z",
            "MessageID": f"id-{len(self.sent)}",
            "ErrorCode": 0,
            "Message": "OK",
        }
        return 200, taken


@pytest.fixture
def postmark():
    service = Postmark()
    thread = threading.Thread(target=service.server.serve_forever, args=(0.05,))
    thread.start()
    yield service
    service.server.shutdown()
    thread.join()
    service.server.server_close()


def provider(settings, *, esp="postmark", secrets=("server_token=new",), **more):
    settings.MESSAGE_PROVIDERS = {
        "esp": {
            "class": Esp,
            "channel": "email",
            "secrets": list(secrets),
            "options": {"esp": esp, "settings": more},
        }
    }
    return configured.get("esp")


def letter(address="li@example.com"):
    return Message(
        reference=str(uuid.uuid4()), address=address, subject="一", body="二", html="<p>二</p>"
    )


def posted(values, provider, **more):
    key = more.pop("key", None) or keyed_addresses.keys(provider.config)[0]
    body = values if isinstance(values, bytes) else json.dumps(values).encode()
    return Posted(body=body, headers={"content-type": "application/json", **more}, key=key)


def test_it_goes_out_with_our_reference(settings, postmark):
    message = letter()
    [answer] = provider(settings, api_url=postmark.url).send([message])
    [sent] = postmark.sent
    assert (answer.verdict, answer.provider_reference) == (Verdict.ACCEPTED, "id-1")
    assert sent["Metadata"] == {"reference": message.reference}
    assert (sent["TextBody"], sent["HtmlBody"], sent["Subject"]) == ("二", "<p>二</p>", "一")
    headers = {one["Name"]: one["Value"] for one in sent["Headers"]}
    assert headers["Message-ID"] == f"<{message.reference}@localhost>"


@pytest.mark.parametrize(
    ("planned", "verdict"),
    [
        ((422, {"ErrorCode": 300, "Message": INVALID}), Verdict.REJECTED_FOR_GOOD),
        ((429, {}), Verdict.REJECTED_FOR_NOW),
        ((503, {}), Verdict.REJECTED_FOR_NOW),
        ((500, {}), Verdict.AMBIGUOUS),
        (None, Verdict.AMBIGUOUS),
    ],
)
def test_what_its_answers_mean(settings, postmark, planned, verdict):
    postmark.plans["x@example.com"] = planned
    answers = provider(settings, api_url=postmark.url).send([letter("x@example.com"), letter()])
    assert answers[0].verdict is verdict
    rest = Verdict.REJECTED_FOR_NOW if verdict is Verdict.AMBIGUOUS else Verdict.ACCEPTED
    assert answers[1].verdict is rest
    assert "new" not in json.dumps(answers[0].answer)


def test_nobody_there_and_no_address(settings):
    esp = provider(settings, api_url="http://127.0.0.1:9/")
    assert esp.send([letter()])[0].verdict is Verdict.REJECTED_FOR_NOW
    assert esp.send([letter("no address")])[0].verdict is Verdict.REJECTED_FOR_GOOD


def test_the_old_token_holds_until_the_new_one_is_known(settings, postmark):
    both = ("server_token=newer", "server_token=new")
    esp = provider(settings, secrets=both, api_url=postmark.url)
    assert esp.send([letter()])[0].verdict is Verdict.ACCEPTED
    postmark.token = "another"
    [answer] = esp.send([letter()])
    assert answer.verdict is Verdict.REJECTED_FOR_NOW
    assert "newer" not in str(answer)


DELIVERY = {
    "RecordType": "Delivery",
    "MessageID": "883953f4",
    "Recipient": "li@example.com",
    "DeliveredAt": "2026-11-30T10:00:00Z",
    "Details": "250 ok",
    "Metadata": {"reference": "0190a1b2"},
}
BOUNCE = {
    "RecordType": "Bounce",
    "ID": 901542550,
    "Type": "HardBounce",
    "MessageID": "883953f4",
    "Email": "li@example.com",
    "BouncedAt": "2026-11-30T10:00:00Z",
    "Description": "no such user",
    "Metadata": {"reference": "0190a1b2"},
}

COMPLAINT = BOUNCE | {"RecordType": "SpamComplaint", "Type": "SpamComplaint"}


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (DELIVERY, ReceiptState.DELIVERED),
        (BOUNCE, ReceiptState.FAILED_FOR_GOOD),
        (BOUNCE | {"Type": "Transient"}, ReceiptState.DELAYED),
        (
            BOUNCE | {"RecordType": "SpamComplaint", "Type": "SpamComplaint"},
            ReceiptState.COMPLAINED,
        ),
    ],
)
def test_what_it_posts(settings, event, state):
    esp = provider(settings)
    esp.verify(posted(event, esp))
    [receipt] = esp.parse_receipts(posted(event, esp))
    assert (receipt.state, receipt.reference) == (state, "0190a1b2")
    assert (receipt.provider_reference, receipt.address) == ("883953f4", "li@example.com")
    assert receipt.at == datetime(2026, 11, 30, 10, tzinfo=UTC)
    assert esp.parse_receipts(posted(event, esp))[0].key == receipt.key


def test_that_it_was_opened_is_no_receipt(settings):
    esp = provider(settings)
    event = DELIVERY | {"RecordType": "Open", "ReceivedAt": "2026-11-30T10:00:00Z"}
    assert esp.parse_receipts(posted(event, esp)) == []


@pytest.mark.parametrize("key", ["x", "server_token=new"])
def test_an_address_without_its_key_is_refused(settings, key):
    esp = provider(settings)
    with pytest.raises(NotGenuine):
        esp.verify(posted(DELIVERY, esp, key=key))
    with pytest.raises(NotGenuine):
        esp.verify(Posted(body=b"{}"))


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"\xff", b'{"RecordType": "Delivery"}x'])
def test_what_is_no_report_is_refused(settings, body):
    esp = provider(settings)
    with pytest.raises(NotGenuine):
        esp.parse_receipts(posted(body, esp))


def test_a_service_that_signs_is_held_to_it(settings):
    """Mailgun signs a time and a token: either secret counts, another one does not."""
    both = [f"api_key=k webhook_signing_key={one}" for one in ("new", "old")]
    esp = provider(settings, esp="mailgun", secrets=both, sender_domain="example.com")

    def signed(secret):
        at, token = "1796000000", "a" * 50
        made = hmac.new(secret.encode(), f"{at}{token}".encode(), sha256).hexdigest()
        event = {
            "event": "delivered",
            "id": "e-1",
            "timestamp": 1796000000.5,
            "recipient": "li@example.com",
            "message": {"headers": {"message-id": "id-1"}},
            "user-variables": {"reference": "0190a1b2"},
        }
        signature = {"timestamp": at, "token": token, "signature": made}
        return posted({"signature": signature, "event-data": event}, esp)

    for secret in ("new", "old"):
        esp.verify(signed(secret))
    [receipt] = esp.parse_receipts(signed("new"))
    assert (receipt.state, receipt.reference) == (ReceiptState.DELIVERED, "0190a1b2")
    for forged in (signed("bad"), posted({"event-data": {}}, esp)):
        with pytest.raises(NotGenuine):
            esp.verify(forged)
