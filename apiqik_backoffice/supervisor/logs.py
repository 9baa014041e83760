"""The log file of one child, kept small."""

import re
from pathlib import Path

LARGEST = 5_000_000
# A line worth showing on the terminal, in JSON, structlog's console form or gunicorn's.
WORTH_SHOWING = re.compile(r"(?i)[\[\"](?:warning|error|critical)\s*[\]\"]")


class LogFile:
    """Appends to a file and starts it anew when it is large, keeping the one before.

    A disk that is full must not stop what is being logged, so failures to write
    are counted and otherwise ignored.
    """

    def __init__(self, path: Path, *, largest: int = LARGEST) -> None:
        self.path = path
        self.largest = largest
        self.dropped = 0
        # Even redacted, a log is nobody else's business.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)

    def write(self, data: bytes) -> None:
        try:
            if self.path.exists() and self.path.stat().st_size + len(data) > self.largest:
                self.path.replace(self.path.with_suffix(".log.1"))
            with self.path.open("ab", buffering=0) as file:
                file.write(data)
        except OSError:
            self.dropped += 1


class Lines:
    """Cuts a stream of bytes into lines."""

    LONGEST = 65_536

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that became complete."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > self.LONGEST:
            whole.append(self._rest)
            self._rest = b""
        return [line.decode(errors="replace").rstrip("\r") for line in whole]
