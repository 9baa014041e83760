"""The provider that posts to a gateway of one's own, against a real one on loopback."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from apiqik_backoffice.settings.message_providers import by_sms
from common.messaging import Message, Verdict, configured

MESSAGE = Message(address="+8613812345678", body="您好", template="code", reference="r-1")


def get_provider(settings, url):
    settings.MESSAGE_PROVIDERS = by_sms(url)
    return configured.preferred("sms")


class Gateway(BaseHTTPRequestHandler):
    """Answers with the status the path names; keeps what it was sent."""

    received: ClassVar[list] = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.headers["Authorization"], json.loads(body)))
        status = int(self.path.strip("/"))
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
