"""The benchmarks' databases on the test server: one with few restrictions, one with many."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from apiqik_backoffice.database_roles import APP
from tests.bench import population
from tests.bench.population import Seeding, SmallWorld
from tests.plumbing.databases import TestServer, django_settings, drop_database

PREFIX = "bench_apiqik_"
FEW = 1_000


class BenchDatabases:
    """`many` and `few` hold the same `rows` customers; they differ in restrictions.

    Kept on the server until the schema, the number of rows or the seeding changes.
    """

    def __init__(self, server: TestServer, rows: int, *, leave: Callable[[], None]) -> None:
        """`leave` ends whatever was started that is connected to either."""
        self.server, self.rows, self._leave = server, rows, leave
        template = server.template()
        seeding = [
            Path(population.__file__).with_name(name).read_bytes()
            for name in ("population.py", "small_world.py")
        ]
        mark = hashlib.sha256(b"".join([f"{template} {rows}".encode(), *seeding])).hexdigest()[:12]
        self._template = template
        self.many, self.few = f"{PREFIX}{mark}_many", f"{PREFIX}{mark}_few"

    def prepare(self, small_world: Any) -> None:
        """Makes what is missing; `small_world` is called with Django on the new copy."""
        with psycopg.connect(**self.server.superuser, autocommit=True) as connection:
            names = {
                row[0]
                for row in connection.execute(
                    "SELECT datname FROM pg_database WHERE datname LIKE %s", [PREFIX + "%"]
                )
            }
            if {self.many, self.few} <= names:
                return
            for old in names:
                drop_database(connection, old)
            # Under another name until it is whole.
            unfinished = f"{PREFIX}unfinished"
            self.server.copy(self._template, unfinished)
            self._seed(unfinished, small_world, connection)
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(unfinished), sql.Identifier(self.many)
                )
            )

    def _seed(self, name: str, small_world: Any, connection: psycopg.Connection[Any]) -> None:
        world: SmallWorld = small_world(self.as_django_settings(name))
        superuser = self.server.connection("postgres", name)
        with Seeding(superuser) as seeding:
            seeding.run(population.CUSTOMERS, rows=self.rows)
            seeding.run(
                population.MESSAGES, rows=self.rows, change=world.change, template=world.template
            )
            seeding.run(population.LEDGER, rows=self.rows)
            self._restrict(seeding, world, 1, min(FEW, self.rows // 10))
        self.server.copy(name, self.few)
        with Seeding(superuser, population.RESTRICTED) as seeding:
            self._restrict(seeding, world, min(FEW, self.rows // 10) + 1, self.rows)

    def _restrict(self, seeding: Seeding, world: SmallWorld, low: int, high: int) -> None:
        # The last tenth of the accounts stays free. Its share falls on others a second time,
        # but not on the first ones, which are asked about.
        free_from = self.rows - self.rows // 10
        for first, last, back in (
            (low, min(high, free_from), 0),
            (max(low, free_from + 1), high, free_from - 2 * FEW),
        ):
            if first <= last:
                seeding.run(
                    population.RESTRICTIONS,
                    low=first,
                    high=last,
                    clause=world.clause,
                    **{"from": -back},
                )

    @contextmanager
    def copy(self, name: str, *, of: str = "") -> Iterator[str]:
        """A copy of `many`, or of another, to write into; dropped at the end."""
        own, original = f"{PREFIX}{name}", of or self.many
        if original in (self.many, self.few):
            self._leave()
            self._end_what_goes_on(original)
        self.server.copy(original, own)
        try:
            yield own
        finally:
            self.server.drop(own)

    def _end_what_goes_on(self, name: str) -> None:
        """Whoever asked is gone; a statement of theirs may still be under way."""
        with psycopg.connect(**self.server.superuser, autocommit=True) as superuser:
            superuser.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = %s AND backend_type = 'client backend'",
                [name],
            )

    def as_django_settings(self, name: str) -> dict[str, Any]:
        return django_settings(self.server.connection(APP, name))

    def environment(self, name: str) -> str:
        """For BENCH_DATABASE, see tests/bench/settings.py."""
        return json.dumps(self.as_django_settings(name))
