"""One process of the product: started, watched, started again, stopped."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from apiqik_backoffice.supervisor.exceptions import GivingUpError
from apiqik_backoffice.supervisor.logs import WORTH_SHOWING, Lines, LogFile

DEATHS_ALLOWED = 5
WITHIN_SECONDS = 90
LONGEST_PAUSE = 16
PR_SET_PDEATHSIG = 1
SUPERVISED_BY = "SUPERVISED_BY"


def dying_with_parent(number: int) -> Callable[[], None] | None:
    """Return what a child calls between fork and exec to be signalled when its parent dies.

    None where the kernel cannot do that; the keeper does it there.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # it died before the tie was made
            os.kill(os.getpid(), number)

    return tie


def is_orphaned() -> bool:
    """Whether the supervisor that started this process is gone. For loops to ask now and then:
    the one signal of its death may come while Python swallows what its handler raises."""
    supervisor = os.environ.get(SUPERVISED_BY)
    return supervisor is not None and str(os.getppid()) != supervisor


class Child:
    """A long-lived process. `name` is what people read; its log is named alike."""

    def __init__(self, name: str, command: Sequence[str], *, log: Path, cwd: Path) -> None:
        self.name = name
        self.command = list(command)
        self.log = LogFile(log)
        self.cwd = cwd
        self.process: subprocess.Popen[bytes] | None = None
        self.start_at: float | None = 0.0
        self._lines = Lines()
        self._deaths: deque[float] = deque(maxlen=DEATHS_ALLOWED)

    @property
    def descriptor(self) -> int | None:
        """The pipe to read this child's output from, while it runs."""
        if self.process is None or self.process.stdout is None:
            return None
        return self.process.stdout.fileno()

    def start_if_due(self) -> bool:
        """Start the process when its time has come; return whether it was started."""
        if self.process is not None or self.start_at is None or time.monotonic() < self.start_at:
            return False
        environment = {k: v for k, v in os.environ.items() if k != "DATABASE_ROLE"}
        # A session of its own: Ctrl-C reaches the supervisor alone, which then
        # stops the children in order.
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.cwd,
            env=environment | {"PYTHONUNBUFFERED": "1", SUPERVISED_BY: str(os.getpid())},
            start_new_session=True,
            preexec_fn=dying_with_parent(signal.SIGTERM),
        )
        assert self.process.stdout is not None  # asked for above
        os.set_blocking(self.process.stdout.fileno(), False)
        return True

    def read(self) -> list[str]:
        """Move what the child wrote into its log; return the lines worth showing."""
        worth: list[str] = []
        while self.descriptor is not None:
            try:
                data = os.read(self.descriptor, 65_536)
            except (BlockingIOError, OSError):
                break
            if not data:
                break
            self.log.write(data)
            worth += [line for line in self._lines.feed(data) if WORTH_SHOWING.search(line)]
        return worth

    def bury_if_dead(self) -> int | None:
        """Return the exit status if the process has ended, and set when to start again.

        Raises GivingUpError when it has died too often.
        """
        if self.process is None or self.process.poll() is None:
            return None
        status = self.process.returncode
        self.kill()
        self.read()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None
        now = time.monotonic()
        self._deaths.append(now)
        if len(self._deaths) == DEATHS_ALLOWED and now - self._deaths[0] < WITHIN_SECONDS:
            raise GivingUpError(f"The {self.name} keeps stopping; the reason is in {self.log.path}")
        recent = sum(1 for death in self._deaths if now - death < WITHIN_SECONDS)
        self.start_at = now + min(2 ** (recent - 1), LONGEST_PAUSE)
        return status

    def terminate(self) -> None:
        """Ask the process to end, and never start it again."""
        self.start_at = None
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()

    def kill(self) -> None:
        """End the process and whatever it started, at once."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None
