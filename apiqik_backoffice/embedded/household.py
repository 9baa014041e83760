"""Starting and leaving the embedded servers that the settings ask for."""

import atexit
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from apiqik_backoffice import bootstrap, database_roles
from apiqik_backoffice.embedded.exceptions import EmbeddedServerError
from apiqik_backoffice.embedded.postgres import PostgresServer
from apiqik_backoffice.embedded.valkey import ValkeyServer


def database_is_embedded(databases: Mapping[str, Any], var_dir: Path) -> bool:
    """Whether settings.DATABASES mean the embedded server of `var_dir`."""
    sockets = str(PostgresServer(var_dir).place.sockets)
    return bool(databases["default"].get("HOST") == sockets)


class Household:
    """The embedded servers one process uses: none, one or both.

    Which ones is read from the settings: those that name no server of their own.
    """

    def __init__(self, *, broker: bool) -> None:
        var_dir: Path = settings.VAR_DIR
        self.postgres: PostgresServer | None = None
        self.valkey: ValkeyServer | None = None
        if database_is_embedded(settings.DATABASES, var_dir):
            self.postgres = PostgresServer(var_dir)
        if broker and ValkeyServer(var_dir).broker_url == settings.CELERY_BROKER_URL:
            self.valkey = ValkeyServer(var_dir)

    def open(self) -> None:
        """Start what is not running, and make a new database's roles.

        Raises EmbeddedServerError or BootstrapError.
        """
        var_dir: Path = settings.VAR_DIR
        for server in (self.postgres, self.valkey):
            if server is not None:
                (var_dir / server.name).mkdir(mode=0o700, parents=True, exist_ok=True)
                server.use.begin()
                server.ensure_running()
        if self.postgres is not None:
            bootstrap_embedded(self.postgres)

    def repair(self) -> list[str]:
        """Start again what has died; return the names of what had to be started."""
        servers = (self.postgres, self.valkey)
        return [each.name for each in servers if each is not None and each.ensure_running()]

    def close(self) -> list[str]:
        """Leave; stop the servers nobody else uses. Returns the names of those left running."""
        left = []
        for server in (self.valkey, self.postgres):
            if server is not None and not server.use.end(server.stop):
                left.append(server.name)
        return left


def bootstrap_embedded(server: PostgresServer) -> None:
    """Make the roles and the database of an embedded server unless that is done."""
    superuser = server.connection(database_roles.EMBEDDED_SUPERUSER, "postgres")
    if bootstrap.is_done(superuser, database=database_roles.DATABASE):
        return
    bootstrap.bootstrap(
        superuser, database=database_roles.DATABASE, passwords=server.read_passwords()
    )


def use_database_during_command() -> None:
    """Start the embedded database, if that is the one, and leave it when the process ends.

    Ends the process with a sentence when that is impossible.
    """
    try:
        household = Household(broker=False)
        if household.postgres is None:
            return
        household.open()
    except (EmbeddedServerError, bootstrap.BootstrapError, OSError) as error:
        sys.exit(str(error))
    starter = os.getpid()

    def leave() -> None:
        if os.getpid() == starter:
            household.close()

    atexit.register(leave)
