"""The product's web server on a benchmark's database, and the load put on it."""

import itertools
import multiprocessing
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.plumbing.product import free_port

ROOT = Path(__file__).resolve().parents[2]
# As many as the server has threads that work; each its own lasting connection.
CONNECTIONS = 8
PATIENCE = 60  # seconds


class Server:
    """gunicorn with the product's own configuration: two processes of four threads and some
    that may wait."""

    def __init__(self, settings: str, database: str) -> None:
        self.port = free_port()
        self._log = tempfile.NamedTemporaryFile(suffix=".log")  # noqa: SIM115 -- closed at the end
        self._environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": settings,
            "BENCH_DATABASE": database,
            "BENCH_PORT": str(self.port),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Server":
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn"),
                *("--config", "python:apiqik_backoffice.gunicorn_conf"),
                "apiqik_backoffice.wsgi",
            ],
            cwd=ROOT,
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        for _turn in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.05)
        raise RuntimeError(Path(self._log.name).read_text())

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=30)
        self._log.close()

    def said(self) -> str:
        return Path(self._log.name).read_text()

    def ask(self, request: bytes) -> bytes:
        """One answer, headers and all, on a connection of its own."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(request)
            return _answer(connection)

    def seconds(self, requests: Sequence[bytes]) -> float:
        """How long it takes to answer all of `requests`, asked by a process of its own."""
        receiving, sending = multiprocessing.Pipe(duplex=False)
        asking = multiprocessing.get_context("fork").Process(
            target=_ask_all, args=(self.port, requests, sending)
        )
        asking.start()
        answer: Any = receiving.recv() if receiving.poll(PATIENCE) else "It never answered."
        asking.join()
        if isinstance(answer, str):
            raise RuntimeError(f"{answer}\n{self.said()[-2000:]}")
        seconds: float = answer
        return seconds


def _ask_all(port: int, requests: Sequence[bytes], sending: Any) -> None:
    """Keeps `CONNECTIONS` busy, each with one question at a time, and sends the seconds."""
    try:
        sending.send(_seconds(port, requests))
    except (OSError, AssertionError) as error:
        sending.send(f"{type(error).__name__}: {error}")


def _seconds(port: int, requests: Sequence[bytes]) -> float:
    selector = selectors.DefaultSelector()
    left, answered = iter(requests), 0
    began = time.monotonic()
    for request in itertools.islice(left, CONNECTIONS):
        selector.register(_asked(port, request), selectors.EVENT_READ, request)
    while answered < len(requests):
        events = selector.select(timeout=PATIENCE)
        assert events, "no answer"
        for key, _events in events:
            asking: Any = key.fileobj
            try:
                answer = _answer(asking)
            except OSError:
                # A process of the server that has served its time hangs up: ask another.
                selector.unregister(asking)
                asking.close()
                selector.register(_asked(port, key.data), selectors.EVENT_READ, key.data)
                continue
            assert answer.startswith(b"HTTP/1.1 200"), "refused"
            answered += 1
            if (request := next(left, b"")) != b"":
                selector.modify(asking, selectors.EVENT_READ, request)
                asking.sendall(request)
    seconds = time.monotonic() - began
    for key in list(selector.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    return seconds


def _asked(port: int, request: bytes) -> socket.socket:
    """A new connection on which that has been asked."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(request)
    return connection


def _answer(connection: socket.socket) -> bytes:
    """One whole answer: these are short and say their length."""
    answer = _more(connection)
    while b"\r\n\r\n" not in answer:
        answer += _more(connection)
    head, _blank, body = answer.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    left = int(lengths[0].partition(b":")[2]) - len(body)
    while left > 0:
        more = _more(connection)
        answer += more
        left -= len(more)
    return answer


def _more(connection: socket.socket) -> bytes:
    more = connection.recv(65536)
    if not more:
        raise OSError("The server closed the connection.")
    return more
