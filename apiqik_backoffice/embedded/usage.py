"""Last one out turns off the light.

`make run` and single commands share the embedded servers. Each holds a shared
lock on a file while it uses one; whoever leaves and finds nobody else there
stops the server. The kernel drops the lock of a process that dies, however it
dies, so a killed command cannot keep a server alive for ever.
"""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType


class Lock:
    """A lock on a file, kept while the object is entered.

    `flags` are those of fcntl.flock; BlockingIOError is raised when LOCK_NB is
    among them and someone else holds the lock.
    """

    def __init__(self, file: Path, flags: int = fcntl.LOCK_EX) -> None:
        self.file = file
        self.flags = flags
        self.descriptor: int | None = None

    def __enter__(self) -> "Lock":
        descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, self.flags)
        except BaseException:
            os.close(descriptor)
            raise
        self.descriptor = descriptor
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


class Use:
    """One process's use of one server."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._held: Lock | None = None

    def begin(self) -> None:
        """Count as a user; waits while another process is stopping the server."""
        if self._held is None:
            self._held = Lock(self.file, fcntl.LOCK_SH).__enter__()

    def end(self, stop: Callable[[], None]) -> bool:
        """Stop counting; call `stop` and return True when nobody else is left."""
        if self._held is None:
            return False
        self._held.__exit__()
        self._held = None
        try:
            with Lock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB):
                stop()
        except BlockingIOError:
            return False
        return True
