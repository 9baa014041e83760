"""Databases for tests, as the product has them: made by the owner, used by the app.

Stock Django would create the tables as whoever runs the tests, who would then own
them, and no test could show that the app role may not do something. Here a
template database is migrated once as the owner and kept between runs under a
name that changes with the migrations. Each test process works on a copy.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from apiqik_backoffice import bootstrap
from apiqik_backoffice.database_roles import APP, EMBEDDED_SUPERUSER, OWNER, ROLES
from apiqik_backoffice.embedded.postgres import PostgresServer
from tests.plumbing.memory import TABLESPACE, Memory

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE_PREFIX = "template_apiqik_"
BUILD_LOCK = 4_711  # any number: an advisory lock of the server, one build at a time
MAXIMUM_NAME = 63


class TestServer:
    """A PostgreSQL server for tests: the embedded one, or TEST_SUPERUSER_DATABASE_URL."""

    __test__ = False

    def __init__(self) -> None:
        self.embedded: PostgresServer | None = None
        self.memory: Memory | None = None
        self.superuser: dict[str, Any]
        self.passwords: dict[str, str]
        url = os.environ.get("TEST_SUPERUSER_DATABASE_URL", "")
        if url:
            self.superuser = conninfo_to_dict(url)
            # The same for all test processes, which share the server's roles.
            self.passwords = {
                role: hashlib.sha256(f"{role} {url}".encode()).hexdigest() for role in ROLES
            }
            return
        self.embedded = PostgresServer(
            ROOT / "var",
            name="test-postgres",
            # Losing a test database with the machine's power is no loss.
            settings={
                "fsync": "off",
                "synchronous_commit": "off",
                "full_page_writes": "off",
                # It would note that tables are empty in which a test has thousands of rows that
                # are not committed yet, and plans of minutes would follow from that.
                "autovacuum": "off",
                # Two test processes may each let 64 threads loose on it.
                "max_connections": "160",
            },
        )
        self.superuser = self.embedded.connection(EMBEDDED_SUPERUSER, "postgres")
        self.memory = Memory(self.embedded)

    def open(self) -> None:
        """Start the server if it is ours; other test processes may use it too."""
        if self.embedded is not None:
            (ROOT / "var" / "test-postgres").mkdir(parents=True, exist_ok=True, mode=0o700)
            self.embedded.use.begin()
            self._start(self.embedded)
            self.passwords = self.embedded.read_passwords()

    def close(self) -> None:
        """Stop the server if it is ours and nobody else uses it."""
        if self.embedded is not None:
            self.embedded.use.end(self._stop)

    def _start(self, embedded: PostgresServer) -> None:
        assert self.memory is not None
        with self.memory.lock():
            self.memory.forget_what_was_lost()
            started = embedded.ensure_running()
            with self._as_superuser() as connection:
                if started:
                    self.memory.end(connection)
                if not self.memory.begin(connection):
                    self.memory = None

    def _stop(self) -> None:
        assert self.embedded is not None
        if self.memory is not None:
            with self._as_superuser() as connection:
                self.memory.end(connection)
        self.embedded.stop()

    def _as_superuser(self) -> psycopg.Connection[Any]:
        return psycopg.connect(**self.superuser, autocommit=True)

    def connection(self, role: str, database: str) -> dict[str, Any]:
        """Return psycopg.connect's arguments for a role."""
        if role not in ROLES:
            return self.superuser | {"dbname": database}
        return self.superuser | {
            "dbname": database,
            "user": role,
            "password": self.passwords[role],
        }

    def template(self) -> str:
        """Return the name of the migrated template, built first if there is none."""
        name = TEMPLATE_PREFIX + schema_fingerprint()
        with self._as_superuser() as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [BUILD_LOCK])
            names = [
                row[0]
                for row in connection.execute(
                    "SELECT datname FROM pg_database WHERE datname LIKE %s", [TEMPLATE_PREFIX + "%"]
                )
            ]
            if name not in names:
                self._build(connection, name)
                for old in names:
                    drop_database(connection, old)
        return name

    def _build(self, connection: psycopg.Connection[Any], name: str) -> None:
        unfinished = f"building_{name}"[:MAXIMUM_NAME]
        drop_database(connection, unfinished)
        bootstrap.bootstrap(self.superuser, database=unfinished, passwords=self.passwords)
        owner = self.connection(OWNER, unfinished)
        result = subprocess.run(
            [sys.executable, "-m", "tests.plumbing.migrate"],
            cwd=ROOT,
            env=os.environ | {"TEST_OWNER_CONNECTION": _as_text(owner), "DATABASE_ROLE": "owner"},
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise RuntimeError(f"The migrations failed:\n{result.stdout}{result.stderr}")
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(unfinished), sql.Identifier(name)
            )
        )

    def copy(self, template: str, name: str, *, for_one_test: bool = False) -> None:
        """Make a database a fresh copy of the template, ending whoever still uses it.

        `for_one_test`: it is small and soon gone, so it lives in memory where there is any.
        """
        where: sql.Composable = sql.SQL("")
        if for_one_test and self.memory is not None:
            where = sql.SQL("TABLESPACE {} STRATEGY file_copy").format(sql.Identifier(TABLESPACE))
        with self._as_superuser() as connection:
            drop_database(connection, name)
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} {}").format(
                    sql.Identifier(name), sql.Identifier(template), sql.Identifier(OWNER), where
                )
            )
            # Rights on a database are not copied with it.
            connection.execute(
                sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name))
            )
            connection.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, ROLES))
                )
            )

    def drop(self, name: str) -> None:
        with self._as_superuser() as connection:
            drop_database(connection, name)


def drop_database(connection: psycopg.Connection[Any], name: str) -> None:
    connection.execute(
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    )


def schema_fingerprint() -> str:
    """Return a short text that changes with whatever decides how the template looks."""
    digest = hashlib.sha256()
    patterns = ("*/migrations/*.py", "*/models.py", "*/models/*.py", "common/sql.py")
    files = {file for pattern in patterns for file in ROOT.glob(pattern)}
    files |= {
        ROOT / "constraints.txt",
        ROOT / "apiqik_backoffice" / "bootstrap.py",
        ROOT / "tests" / "plumbing" / "migrate.py",
        ROOT / "apiqik_backoffice" / "settings" / "base.py",
    }
    # What post_migrate writes (groups, permissions) comes from anywhere in the apps.
    for app in ("accounts", "notices", "billing", "compliance", "common"):
        files |= {
            file
            for name in ("apps", "receivers", "staff_groups", "groups")
            for file in (ROOT / app).glob(f"{name}.py")
        }
    for file in sorted(files):
        digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


class TestDatabase:
    """The copy that one test process works on."""

    __test__ = False

    def __init__(self, server: TestServer, worker: str) -> None:
        self.server = server
        self.name = f"test_apiqik_{worker}"
        self.template = server.template()

    def renew(self) -> None:
        """Copy the template again: 0.06 s in memory, ten times that on a disk."""
        from django.db import connections

        connections.close_all()
        self.server.copy(self.template, self.name, for_one_test=True)

    def as_django_settings(self, role: str = APP) -> dict[str, Any]:
        """Return the entries of settings.DATABASES that name this copy."""
        wanted = self.server.connection(role, self.name)
        return django_settings(wanted)

    @contextmanager
    def connect(self, role: str) -> Iterator[psycopg.Connection[Any]]:
        """Give an autocommit psycopg connection as a role, closed at the end."""
        with psycopg.connect(**self.server.connection(role, self.name), autocommit=True) as opened:
            yield opened


class OwnersDoor:
    """Statements as the schema's owner, each committed at once."""

    def __init__(self, database: TestDatabase) -> None:
        self._database = database
        self._open = ExitStack()
        self._connection: psycopg.Connection[Any] | None = None

    def __enter__(self) -> "OwnersDoor":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def __call__(self) -> AbstractContextManager[psycopg.Connection[Any]]:
        """Give a connection of its own: `with as_owner() as connection:`."""
        return self._database.connect(OWNER)

    def execute(self, statement: Any, values: Any = None) -> psycopg.Cursor[Any]:
        """Run a statement on a connection that lasts as long as the test."""
        if self._connection is None:
            self._connection = self._open.enter_context(self._database.connect(OWNER))
        return self._connection.execute(statement, values)


def django_settings(wanted: dict[str, Any]) -> dict[str, Any]:
    """Turn psycopg.connect's arguments into entries of settings.DATABASES."""
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST"}
    found: dict[str, Any] = {named[key]: wanted[key] for key in named if key in wanted}
    rest = {k: v for k, v in wanted.items() if k not in {*named, "port", "passfile"}}
    return found | {"PORT": str(wanted.get("port", "")), "OPTIONS": rest}


def _as_text(wanted: dict[str, Any]) -> str:
    return psycopg.conninfo.make_conninfo(**wanted)
