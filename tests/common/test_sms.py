"""Transports of SMS, against real files and a real HTTP gateway on loopback."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from common.sms import TextMessage, Verdict, get_transport, send_text
from common.sms.transports.memory import MemoryTransport

MESSAGE = TextMessage(to="+8613812345678", text="您好", template="code", reference="r-1")


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
def test_a_gateway_s_answers(gateway, status, verdict):
    [answer] = get_transport(f"{gateway}/{status}").send([MESSAGE])
    assert answer.verdict is verdict
    assert answer.reference == "r-1"
    assert "\x00" not in json.dumps(answer.answer, ensure_ascii=False)


def test_a_gateway_is_sent_the_reference_and_the_token(gateway):
    Gateway.received.clear()
    [answer] = get_transport(f"{gateway}/200").send([MESSAGE])
    [(token, body)] = Gateway.received
    assert token == "Bearer s/ecret"
    assert body["reference"] == "r-1"
    assert body["text"] == "您好"
    assert answer.provider_reference == "g-1"


def test_the_rest_waits_when_the_gateway_is_in_doubt(gateway):
    answers = get_transport(f"{gateway}/500").send([MESSAGE] * 3)
    assert [answer.verdict for answer in answers] == [
        Verdict.AMBIGUOUS,
        Verdict.REJECTED_FOR_NOW,
        Verdict.REJECTED_FOR_NOW,
    ]


def test_nobody_at_the_gateway():
    [answer] = get_transport("http://t@127.0.0.1:9/").send([MESSAGE])
    assert answer.verdict is Verdict.REJECTED_FOR_NOW


def test_files(tmp_path):
    transport = get_transport(f"file://{tmp_path}/sms%20out")
    answers = transport.send([MESSAGE, MESSAGE])
    assert [answer.verdict for answer in answers] == [Verdict.ACCEPTED] * 2
    [path] = (tmp_path / "sms out").iterdir()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["text"] for line in lines] == ["您好", "您好"]
    assert path.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written():
    [answer] = get_transport("file:///proc/nowhere").send([MESSAGE])
    assert answer.verdict is Verdict.REJECTED_FOR_NOW


def test_an_unknown_scheme_is_named():
    with pytest.raises(ValueError, match="pigeon"):
        get_transport("pigeon://loft")


def test_one_message_at_once(settings):
    settings.SMS_URL = "memory://"
    MemoryTransport.outbox.clear()
    answer = send_text("+8613812345678", "123456", template="code", reference="r")
    assert answer.verdict is Verdict.ACCEPTED
    assert MemoryTransport.outbox[0].text == "123456"
