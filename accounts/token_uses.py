"""What service tokens were used for: counted in memory, written every few seconds.

A row of `TokenUse` for each token, hour, question, address and outcome. A process that is
asked adds to its own counts, and has them written `TOKEN_USES_WRITTEN_AFTER` seconds after the
first; whoever ends in order writes the rest. So no request waits for a row, and a process that
is killed takes at most those seconds with it. What is written through the API names its
client in the same transaction and does not depend on this.
"""

import atexit
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import Error, connection, connections, transaction

from accounts.models import TokenUse

log = structlog.get_logger(__name__)

KEPT_FOR = timedelta(days=200)
"""Longer than the six months that clause 3.6.2 asks logs to be kept."""

# Somebody who holds a token can have any number of addresses: from here on they are counted
# together, so that neither memory nor table grows by what a stranger does.
MOST_TOLD_APART = 2_000
_AT_A_TIME = 10_000

# Token, hour in seconds, operation, address, outcome.
_Key = tuple[int, int, str, str | None, str]


@dataclass(slots=True)
class _Count:
    count: int
    first_at: datetime
    last_at: datetime


# Written in one order, so that two processes never wait for each other.
_ADD = """
INSERT INTO accounts_tokenuse AS known
    (token_id, hour, operation, address, outcome, count, first_at, last_at)
SELECT token.id, to_timestamp(used.hour), used.operation, used.address, used.outcome, used.count,
       used.first_at, used.last_at
FROM unnest(%(tokens)s::bigint[], %(hours)s::bigint[], %(operations)s::text[],
            %(addresses)s::inet[], %(outcomes)s::text[], %(counts)s::bigint[],
            %(firsts)s::timestamptz[], %(lasts)s::timestamptz[])
    AS used (token, hour, operation, address, outcome, count, first_at, last_at)
JOIN accounts_clienttoken token ON token.id = used.token
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (token_id, hour, operation, address, outcome) DO UPDATE
SET count = known.count + excluded.count,
    first_at = least(known.first_at, excluded.first_at),
    last_at = greatest(known.last_at, excluded.last_at)
"""


class Tally:
    """The counts of one process that are not written yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[_Key, _Count] = {}
        self._woken = False

    def note(
        self,
        *,
        token: int,
        operation: str,
        address: str | None,
        outcome: TokenUse.Outcome,
        at: datetime,
    ) -> None:
        """Counts one request made with that token (its primary key) from that address."""
        seconds = int(at.timestamp())
        key: _Key = (token, seconds - seconds % 3600, operation, address, str(outcome))
        with self._lock:
            if key not in self._counts and len(self._counts) >= MOST_TOLD_APART:
                key = (*key[:3], None, key[4])
            self._add(key, _Count(1, at, at))
            wake = not self._woken and settings.TOKEN_USES_WRITTEN_AFTER > 0
            self._woken = self._woken or wake
        if wake:
            self._write_later()

    def write(self) -> int:
        """Writes what was counted, in one statement; the number of rows."""
        with self._lock:
            counts, self._counts = self._counts, {}
        if not counts:
            return 0
        try:
            _write(counts)
        except Error:
            with self._lock:
                for key, count in counts.items():
                    self._add(key, count)
            raise
        return len(counts)

    def _add(self, key: _Key, more: _Count) -> None:
        known = self._counts.get(key)
        if known is None:
            self._counts[key] = more
            return
        known.count += more.count
        known.first_at = min(known.first_at, more.first_at)
        known.last_at = max(known.last_at, more.last_at)

    def _write_later(self) -> None:
        timer = threading.Timer(settings.TOKEN_USES_WRITTEN_AFTER, self._written_by_itself)
        timer.daemon = True
        timer.start()

    def _written_by_itself(self) -> None:
        with self._lock:
            self._woken = False
        try:
            self.write()
        except Error as error:
            log.warning("token_uses_not_written", error=type(error).__name__)
            with self._lock:
                again = not self._woken
                self._woken = True
            if again:
                self._write_later()
        finally:
            # The thread ends, and its connection with it.
            connections.close_all()


def _write(counts: dict[_Key, _Count]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _ADD,
            {
                "tokens": [key[0] for key in counts],
                "hours": [key[1] for key in counts],
                "operations": [key[2] for key in counts],
                "addresses": [key[3] for key in counts],
                "outcomes": [key[4] for key in counts],
                "counts": [count.count for count in counts.values()],
                "firsts": [count.first_at for count in counts.values()],
                "lasts": [count.last_at for count in counts.values()],
            },
        )


def forget(*, at: datetime) -> int:
    """Deletes the counts of hours longer ago than `KEPT_FOR`; returns how many."""
    forgotten = 0
    while True:
        old = TokenUse.objects.filter(hour__lt=at - KEPT_FOR).order_by("pk")[:_AT_A_TIME]
        deleted, _by_model = TokenUse.objects.filter(pk__in=old.values("pk")).delete()
        forgotten += deleted
        if deleted < _AT_A_TIME:
            return forgotten


tally = Tally()
note: Callable[..., None] = tally.note


@atexit.register
def _write_the_rest() -> None:
    if settings.configured and settings.TOKEN_USES_WRITTEN_AFTER > 0:
        try:
            tally.write()
        except Error as error:
            log.warning("token_uses_not_written", error=type(error).__name__)
