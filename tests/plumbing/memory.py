"""Memory for the copies that tests work on: a tenth of the time a copy takes on a disk.

A tablespace of the test server in the machine's memory file system, where there is one. It
is made by the first that uses the server and given back by the last; what a killed run or a
restart of the machine leaves of it is cleared away first.
"""

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from apiqik_backoffice.embedded.exceptions import EmbeddedServerError
from apiqik_backoffice.embedded.postgres import PostgresServer
from apiqik_backoffice.embedded.usage import Lock

FILE_SYSTEM = Path("/dev/shm")
TABLESPACE = "test_memory"
NEEDED = 1_000_000_000  # bytes free: some thirty copies


class Memory:
    """The tablespace of one embedded test server; its methods touch no other server."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        # Several checkouts may test at once.
        number = hashlib.sha256(str(server.place.records).encode()).hexdigest()[:12]
        self.folder = FILE_SYSTEM / f"apiqik-tests-{number}"

    def lock(self) -> Lock:
        """For beginning and ending: of several processes one makes it, one gives it back."""
        return Lock(self.server.var_dir / self.server.name / "memory.lock")

    def forget_what_was_lost(self) -> None:
        """After a restart of the machine: a cluster that misses its tablespace is made anew."""
        links = self.server.place.data / "pg_tblspc"
        if links.is_dir() and any(not link.exists() for link in links.iterdir()):
            self.server.stop()
            shutil.rmtree(self.server.place.data)

    def begin(self, connection: psycopg.Connection[Any]) -> bool:
        """Make the tablespace unless it is there; False where there is no room for it."""
        if _exists(connection):
            return True
        try:
            if shutil.disk_usage(FILE_SYSTEM).free < NEEDED:
                return False
            shutil.rmtree(self.folder, ignore_errors=True)
            self.server.place.private_folder(self.folder)
        except (OSError, EmbeddedServerError):
            return False
        connection.execute(
            sql.SQL("CREATE TABLESPACE {} LOCATION {}").format(
                sql.Identifier(TABLESPACE), sql.Literal(str(self.folder))
            )
        )
        return True

    def end(self, connection: psycopg.Connection[Any]) -> None:
        """Give the memory back, with copies that somebody who was killed left in it."""
        left = connection.execute(
            "SELECT datname FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace"
            " WHERE spcname = %s",
            [TABLESPACE],
        ).fetchall()
        for (name,) in left:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )
        connection.execute(
            sql.SQL("DROP TABLESPACE IF EXISTS {}").format(sql.Identifier(TABLESPACE))
        )
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder)


def _exists(connection: psycopg.Connection[Any]) -> bool:
    found = connection.execute("SELECT 1 FROM pg_tablespace WHERE spcname = %s", [TABLESPACE])
    return found.fetchone() is not None
