"""Waiting for the next entry, without a connection of one's own.

Each process of the web server has one connection that listens, for all who wait in it. It is
made with the first of them. The request's connection is given back while it waits. At most
`ENFORCEMENT_WAITERS` wait in a process; the others are answered at once.
"""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import connection

from accounts.enforcement import feed

CHANNEL = "accounts_enforcement"
# How soon a listener whose connection broke tries again, in seconds.
AGAIN = 1.0
# How soon a listener that is to end looks up from listening, in seconds.
LOOK_UP = 1.0
# How long a listener may take to begin, before its waiter is answered at once.
BEGIN = 3.0

log = structlog.get_logger(__name__)


class Bell:
    """Rings for all who wait whenever the database says that something changed."""

    def __init__(self) -> None:
        self._rings = 0
        self._rung = threading.Condition()
        self._waiters = 0
        self._listens = threading.Event()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def take_seat(self) -> bool:
        """Whether one more may wait; who may, leaves by `leave_seat`."""
        with self._rung:
            if self._waiters >= settings.ENFORCEMENT_WAITERS:
                return False
            self._waiters += 1
            if self._thread is None or not self._thread.is_alive():
                # Made by the first who waits, so after the process was forked.
                self._stopped = False
                self._thread = threading.Thread(
                    target=self._listen,
                    args=(connection.get_connection_params(),),
                    name="enforcement-bell",
                    daemon=True,
                )
                self._thread.start()
        return True

    def leave_seat(self) -> None:
        with self._rung:
            self._waiters -= 1

    def heard(self) -> int | None:
        """How often it rang so far; None while nobody listens to the database."""
        return self._rings if self._listens.wait(BEGIN) else None

    def wait(self, heard: int, seconds: float) -> bool:
        """Whether it rang since it had rung `heard` times, at once or within `seconds`."""
        with self._rung:
            return self._rung.wait_for(lambda: self._rings != heard, seconds)

    def stop(self) -> None:
        """Ends the listener and its connection, and waits until both are gone."""
        self._stopped = True
        if self._thread is not None:
            self._thread.join()
        self._thread = None

    def _ring(self) -> None:
        with self._rung:
            self._rings += 1
            self._rung.notify_all()

    def _listen(self, parameters: dict[str, Any]) -> None:
        while not self._stopped:
            try:
                self._listen_until_broken(parameters)
            except psycopg.Error as error:
                log.warning("enforcement_bell_broke", error=type(error).__name__)
            self._listens.clear()
            # What happened meanwhile was not heard: all look for themselves.
            self._ring()
            if not self._stopped:
                threading.Event().wait(AGAIN)

    def _listen_until_broken(self, parameters: dict[str, Any]) -> None:
        with psycopg.connect(**parameters, autocommit=True) as link:
            link.execute(f"LISTEN {CHANNEL}")
            self._listens.set()
            while not self._stopped:
                for _notice in link.notifies(timeout=LOOK_UP, stop_after=1):
                    self._ring()


bell = Bell()


def page(*, since: int, limit: int, seconds: float, give_back: Callable[[], None]) -> feed.Page:
    """As `feed.page`; with nothing after `since`, waits up to `seconds` for something.

    `give_back` is called before each wait, and returns the connection.
    """
    if seconds <= 0 or not bell.take_seat():
        return feed.page(since=since, limit=limit)
    try:
        return _page(since, limit, monotonic() + seconds, give_back)
    finally:
        bell.leave_seat()


def _page(since: int, limit: int, until: float, give_back: Callable[[], None]) -> feed.Page:
    while True:
        # Counted before looking, so that what comes in between is not slept through.
        heard = bell.heard()
        found = feed.page(since=since, limit=limit)
        left = until - monotonic()
        if found.through > since or heard is None or left <= 0:
            return found
        give_back()
        bell.wait(heard, left)
