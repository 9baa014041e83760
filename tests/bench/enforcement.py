"""The enforcement feed: all of it over HTTP, beside a COPY of the same rows; and at any length.

The entries are those of a restriction for every customer, numbered by the product's own
sequencer. Read by pages of 10,000 on one lasting connection, as a gateway does that begins
without a snapshot. A COPY of the same lines is read by the same process, to its end. Neither
reader looks into what it gets.
"""

import http.client
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from apiqik_backoffice.database_roles import APP
from tests.bench.bench import OURS
from tests.bench.decisions import IN_A_ROUND, times_longer
from tests.bench.figures import figure, interleaved, timed
from tests.bench.serving import Server
from tests.bench.small_world import TOKEN

TURNS = 3
PAGE = 10_000
COPY = "COPY (SELECT line FROM accounts_enforcemententry ORDER BY sequence) TO STDOUT"
BEGUN = """
INSERT INTO accounts_enforcementchange (kind, subject, written_at)
SELECT 'restriction', id::text, clock_timestamp() FROM accounts_restriction;
VACUUM ANALYZE accounts_enforcementchange
"""


@contextmanager
def fed(bench: Any, name: str, *, of: str) -> Iterator[tuple[Server, dict[str, Any], int]]:
    """A server on a copy of a database whose restrictions are all in the feed, how to get at the
    copy, and how many entries there are."""
    databases = bench.databases
    with databases.copy(f"feed_{name}", of=of) as copied:
        superuser = databases.server.connection("postgres", copied)
        with psycopg.connect(**superuser, autocommit=True) as opened:
            for statement in BEGUN.split(";\n"):
                opened.execute(statement.encode())
            while opened.execute("SELECT accounts_number_changes(10000, '{}')").fetchone() != (0,):
                pass
            for table in ("entry", "state", "change"):
                opened.execute(f"VACUUM ANALYZE accounts_enforcement{table}".encode())
            [(last,)] = opened.execute("SELECT last FROM accounts_enforcementfeed").fetchall()
        with Server(OURS, databases.environment(copied)) as server:
            yield server, databases.server.connection(APP, copied), last


def read_all(server: Server) -> int:
    """Reads the feed from its beginning to its end; how many bytes its pages had."""
    asked = http.client.HTTPConnection("127.0.0.1", server.port)
    headers, since, length = {"Authorization": f"Bearer {TOKEN.secret}"}, 0, 0
    while True:
        asked.request("GET", f"/api/v1/enforcement?since={since}&limit={PAGE}", headers=headers)
        answer = asked.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise AssertionError(f"{answer.status}: {body[:500]!r}")
        length += len(body)
        # The head of a page, which is all that says how to go on.
        head = json.loads(body[: body.index(b',"entries":')] + b"}")
        since = head["through"]
        if since == head["last"]:
            asked.close()
            return length


def copy_all(where: dict[str, Any]) -> int:
    """Reads a COPY of the same lines; how many bytes they had, each with the end of its line."""
    length = 0
    with psycopg.connect(**where) as opened, opened.cursor().copy(COPY) as copied:
        for line in copied:
            length += len(line)
    return length


def question(since: int) -> bytes:
    return (
        f"GET /api/v1/enforcement?since={since}&limit=100 HTTP/1.1\r\n"
        f"Host: 127.0.0.1\r\nAuthorization: Bearer {TOKEN.secret}\r\n\r\n"
    ).encode()


@figure("enforcement.feed_beside_copy", at_least=0.5)
def feed_beside_copy(bench: Any) -> list[float]:
    with fed(bench, "many", of=bench.databases.many) as (server, where, _last):
        lines, pages = copy_all(where), read_all(server)
        # Beside its lines with their commas a page has a head.
        if not lines < pages < 1.01 * lines:
            raise AssertionError(f"Not the same rows: {lines} bytes of lines, {pages} in pages")
        return interleaved(
            turns=range(TURNS),
            slow=lambda _turn: timed(lambda: copy_all(where)),
            fast=lambda _turn: timed(lambda: read_all(server)),
        )


@figure("enforcement.many_entries_beside_few", at_most=1.3)
def many_beside_few(bench: Any) -> list[float]:
    """A hundred entries from anywhere in the feed, and what a gateway hears that has them all."""
    databases = bench.databases
    with (
        fed(bench, "many", of=databases.many) as (many, _where, of_many),
        fed(bench, "few", of=databases.few) as (few, _other, of_few),
    ):
        pages = [n * 99 % (of_few - 100) for n in range(IN_A_ROUND)]
        asked = {
            last: [question(after) for since in pages for after in (last // of_few * since, last)]
            for last in (of_many, of_few)
        }
        return times_longer(
            _Asked(many, asked[of_many]), _Asked(few, asked[of_few]), asked[of_few], turns=5
        )


class _Asked(Server):
    """A server that is asked its own questions where others are asked theirs."""

    def __init__(self, server: Server, questions: list[bytes]) -> None:
        self._server, self._questions = server, questions

    def seconds(self, theirs: Sequence[bytes]) -> float:
        return self._server.seconds(self._questions[: len(theirs)])
