"""Clears away what a killed supervisor leaves behind.

Runs beside the supervisor with a pipe from it. The supervisor writes the process
group of each child it starts, and "done" when it has stopped everything itself.
When the pipe closes without that word, the supervisor was killed: the keeper ends
the children and then the embedded servers. It holds the run lock meanwhile, so
the next start waits until that is done.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from apiqik_backoffice.embedded.exceptions import EmbeddedServerError
from apiqik_backoffice.embedded.postgres import PostgresServer
from apiqik_backoffice.embedded.processes import wait_until
from apiqik_backoffice.embedded.usage import Use
from apiqik_backoffice.embedded.valkey import ValkeyServer

GRACE_SECONDS = 5
DONE = "done"


class Keeper:
    """The supervisor's side."""

    def __init__(self, var_dir: Path, servers: list[str], lock_descriptor: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(var_dir.resolve()), *servers],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parents[2],
            pass_fds=[lock_descriptor],
            start_new_session=True,
        )

    def remember(self, group: int) -> None:
        """Tell it of a process group to end should the supervisor be killed."""
        self._write(f"{group}\n")

    def dismiss(self) -> None:
        """Say that there is nothing left to clear away."""
        self._write(f"{DONE}\n")
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        self.process.wait()

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.write(text.encode())
                self.process.stdin.flush()


def main(var_dir: Path, servers: list[str]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: list[int] = []
    for line in sys.stdin:
        if line.strip() == DONE:
            return
        groups.append(int(line))
    _end(groups)
    embedded: list[ValkeyServer | PostgresServer] = []
    if "valkey" in servers:
        embedded.append(ValkeyServer(var_dir))
    if "postgres" in servers:
        embedded.append(PostgresServer(var_dir))
    for server in embedded:
        use = Use(server.use.file)
        use.begin()
        with contextlib.suppress(EmbeddedServerError):
            use.end(server.stop)


def _end(groups: list[int]) -> None:
    deadline = time.monotonic() + GRACE_SECONDS
    for group in groups:
        _signal(group, signal.SIGTERM)
    wait_until(
        lambda: not any(_signal(group, 0) for group in groups),
        seconds=max(0.0, deadline - time.monotonic()),
        every=0.05,
    )
    for group in groups:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
