"""A request has to arrive in time, and what does not is told so where anybody listens."""

import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.http import UnreadablePostError
from rest_framework.exceptions import ErrorDetail

from common.api.bodies import ArrivesTooSlowly, BoundedJSONParser
from common.api.problems import handler
from tests.plumbing.product import free_port

ROOT = Path(__file__).resolve().parents[2]
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
THREADS = 2


@pytest.fixture(scope="module")
def port():
    number = free_port()
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{number}"),
            *("--worker-class", "tests.plumbing.hasty.HastyWorker", "--threads", str(THREADS)),
            *("--worker-tmp-dir", "/tmp", "tests.plumbing.hasty"),
        ],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _turn in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", number)) == 0:
                    break
            time.sleep(0.05)
        yield number
    finally:
        server.terminate()
        server.wait(timeout=30)


def opened(port):
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def answered(connection):
    """Everything that comes until the server hangs up, and after how long."""
    began, answer = time.monotonic(), b""
    try:
        while piece := connection.recv(4096):
            answer += piece
            if b"\r\n\r\n" in answer and b"200 OK" in answer:
                break
    except OSError:
        pass
    return answer, time.monotonic() - began


@pytest.mark.parametrize("sent", [b"POST / HT", HEAD % 100 + b"x"], ids=["head", "body"])
def test_who_stops_in_the_middle_holds_no_thread(port, sent):
    with ExitStack() as stack:
        slow = [stack.enter_context(opened(port)) for _each in range(THREADS)]
        for connection in slow:
            connection.sendall(sent)
        honest = stack.enter_context(opened(port))
        honest.sendall(HEAD % 3 + b"abc")
        answer, waited = answered(honest)
        assert b"200 OK" in answer
        assert waited < 10
        assert b"200 OK" not in answered(slow[0])[0]


def test_a_byte_now_and_then_is_no_way_out(port):
    with opened(port) as connection:
        connection.sendall(HEAD % 100_000)
        assert given_up(connection)


def given_up(connection):
    """Whether the server hangs up on a byte now and then within ten seconds."""
    began = time.monotonic()
    while time.monotonic() - began < 10:
        try:
            connection.sendall(b"x")
        except OSError:
            return True
        time.sleep(0.1)
    return False


def test_a_long_body_that_keeps_coming_arrives(port):
    with opened(port) as connection:
        connection.sendall(HEAD % (16 * 1024))
        for _piece in range(16):  # longer than the grace
            connection.sendall(b"x" * 1024)
            time.sleep(0.1)
        assert answered(connection)[0].endswith(b"\r\n16384\r\n0\r\n\r\n")


def test_a_body_that_does_not_arrive_is_408(rf):
    class Broken:
        def read(self, _size):
            raise UnreadablePostError

    with pytest.raises(ArrivesTooSlowly) as refused:
        BoundedJSONParser().parse(Broken())
    answer = handler(refused.value, {"request": rf.post("/"), "view": None})
    assert (answer.status_code, answer.data["code"]) == (408, "too_slow")
    assert isinstance(refused.value.detail, ErrorDetail)
