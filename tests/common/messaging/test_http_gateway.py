"""The provider that posts to a gateway of one's own, against a real one on loopback."""

import json
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from apiqik_backoffice.settings.message_providers import by_sms
from common.messaging import (
    Asked,
    CannotAsk,
    Message,
    NotGenuine,
    Posted,
    ReceiptState,
    Verdict,
    configured,
)
from common.messaging.http_gateway import HttpGateway, signature

NEW = "new"
ASKED = Asked(reference="r-1", address="+8613812345678", at=datetime(2026, 11, 30, tzinfo=UTC))
MESSAGE = Message(address="+8613812345678", body="您好", template="code", reference="r-1")


def get_provider(settings, url):
    settings.MESSAGE_PROVIDERS = by_sms(url)
    return configured.preferred("sms")


class Gateway(BaseHTTPRequestHandler):
    """Answers with the status the path names; keeps what it was sent."""

    received: ClassVar[list] = []
    knows: ClassVar[str] = ""
    says: ClassVar[dict] = {}

    def do_GET(self):
        assert "reference=r-1" in self.path
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(self.says).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.headers["Authorization"], json.loads(body)))
        status = int(self.path.strip("/"))
        if self.knows and self.headers["Authorization"] != f"Bearer {self.knows}":
            status = 401
        if status == 0:
            self.connection.close()
            return
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b'{"reference": "g-1"}' if status == 200 else b"no\x00")

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def gateway():
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://s%2Fecret@127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.ACCEPTED),
        (400, Verdict.REJECTED_FOR_GOOD),
        (403, Verdict.REJECTED_FOR_GOOD),
        (429, Verdict.REJECTED_FOR_NOW),
        (503, Verdict.REJECTED_FOR_NOW),
        (500, Verdict.AMBIGUOUS),
        (0, Verdict.AMBIGUOUS),
    ],
)
def test_a_gateway_s_answers(settings, gateway, status, verdict):
    [answer] = get_provider(settings, f"{gateway}/{status}").send([MESSAGE])
    assert answer.verdict is verdict
    assert answer.reference == "r-1"
    assert "\x00" not in json.dumps(answer.answer, ensure_ascii=False)


def test_a_gateway_is_sent_the_reference_and_the_token(settings, gateway):
    Gateway.received.clear()
    [answer] = get_provider(settings, f"{gateway}/200").send([MESSAGE])
    [(token, body)] = Gateway.received
    assert token == "Bearer s/ecret"
    assert body["reference"] == "r-1"
    assert body["text"] == "您好"
    assert answer.provider_reference == "g-1"


def test_the_rest_waits_when_the_gateway_is_in_doubt(settings, gateway):
    answers = get_provider(settings, f"{gateway}/500").send([MESSAGE] * 3)
    assert [answer.verdict for answer in answers] == [
        Verdict.AMBIGUOUS,
        Verdict.REJECTED_FOR_NOW,
        Verdict.REJECTED_FOR_NOW,
    ]


def test_nobody_at_the_gateway(settings):
    [answer] = get_provider(settings, "http://t@127.0.0.1:9/").send([MESSAGE])
    assert answer.verdict is Verdict.REJECTED_FOR_NOW


# --- receipts and questions --------------------------------------------------------------------


def signed(body, *, secret=NEW, seconds=None):
    seconds = str(int(time.time()) if seconds is None else seconds)
    header = f"t={seconds},v1={signature(secret, seconds, body)}"
    return Posted(body=body, headers={"x-signature": header})


@pytest.fixture
def asked_gateway(settings, gateway):
    plain = gateway.replace("s%2Fecret@", "")
    settings.MESSAGE_PROVIDERS = {
        "own": {
            "class": HttpGateway,
            "channel": "sms",
            "secrets": ["new", "old"],
            "options": {"url": f"{plain}/200", "query_url": plain},
        }
    }
    return configured.get("own")


BODY = json.dumps(
    {
        "receipts": [
            {
                "id": "1",
                "reference": "r-1",
                "state": "delivered",
                "at": "2026-11-30T10:00:00+08:00",
            },
            {"id": "2", "reference": "r-2", "state": "failed_for_good", "detail": "no\x00body"},
        ]
    }
).encode()


@pytest.mark.parametrize("secret", ["new", "old"])
def test_receipts_signed_by_either_secret(asked_gateway, secret):
    posted = signed(BODY, secret=secret)
    asked_gateway.verify(posted)
    first, second = asked_gateway.parse_receipts(posted)
    assert (first.key, first.state, first.reference) == ("1", ReceiptState.DELIVERED, "r-1")
    assert first.at == datetime(2026, 11, 30, 2, tzinfo=UTC)
    assert (second.state, second.at, second.detail) == (
        ReceiptState.FAILED_FOR_GOOD,
        None,
        {"detail": "nobody"},
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: Posted(body=BODY),
        lambda: signed(BODY, secret="another"),
        lambda: signed(BODY, seconds=int(time.time()) - 400),
        lambda: signed(BODY, seconds=int(time.time()) + 400),
        lambda: Posted(body=BODY + b" ", headers=signed(BODY).headers),
        lambda: Posted(body=BODY, headers={"x-signature": "t=x,v1=y"}),
    ],
)
def test_forged_and_stale_receipts_are_refused(asked_gateway, make):
    with pytest.raises(NotGenuine):
        asked_gateway.verify(make())


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"receipts": 1}', b'{"receipts": [{"id": 1, "state": "eaten"}]}', b"1"],
)
def test_what_are_no_receipts(asked_gateway, body):
    with pytest.raises(NotGenuine):
        asked_gateway.parse_receipts(Posted(body=body))


@pytest.mark.parametrize(
    ("said", "known", "state"),
    [
        ({"known": False}, False, None),
        ({"known": True}, True, None),
        (
            {"known": True, "receipt": {"id": "q", "state": "delivered", "reference": "r-1"}},
            True,
            ReceiptState.DELIVERED,
        ),
    ],
)
def test_what_it_says_when_it_is_asked(asked_gateway, gateway, said, known, state):
    Gateway.says = said
    answer = asked_gateway.query(ASKED)
    assert (answer.known, answer.raw) == (known, said)
    assert (answer.receipt.state if answer.receipt else None) == state


@pytest.mark.parametrize("said", [{}, {"known": "maybe"}, [], {"known": True, "receipt": {"x": 1}}])
def test_an_answer_that_says_nothing_is_none(asked_gateway, gateway, said):
    Gateway.says = said
    with pytest.raises(CannotAsk):
        asked_gateway.query(ASKED)


def test_a_gateway_without_address_for_questions_is_not_asked(settings, gateway):
    plain = get_provider(settings, gateway)
    assert not plain.can_be_asked
    with pytest.raises(CannotAsk):
        plain.query(ASKED)


def test_the_old_token_holds_until_the_new_one_is_known(asked_gateway):
    Gateway.received.clear()
    Gateway.knows = "old"
    [answer] = asked_gateway.send([MESSAGE])
    assert answer.verdict is Verdict.ACCEPTED
    assert [token for token, _body in Gateway.received] == ["Bearer new", "Bearer old"]
    Gateway.knows = "another"
    [answer] = asked_gateway.send([MESSAGE])
    assert answer.verdict is Verdict.REJECTED_FOR_GOOD
    Gateway.knows = ""
