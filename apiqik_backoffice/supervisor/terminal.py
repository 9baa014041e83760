"""What the person at the terminal reads."""

import os
import sys
import time
from collections import deque

from apiqik_backoffice.supervisor.exceptions import TerminalLostError


class Terminal:
    """Writes lines to standard output and notices when nobody is there any more."""

    def __init__(self) -> None:
        self.lost = False

    def say(self, line: str = "") -> None:
        """Write a line; raises TerminalLostError once when the terminal has gone."""
        if self.lost:
            return
        try:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
        except (OSError, ValueError):
            self.forget()
            raise TerminalLostError from None

    def forget(self) -> None:
        """Write nowhere from now on, so that the end of the process cannot fail on it."""
        self.lost = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for descriptor in (1, 2):
            os.dup2(nowhere, descriptor)
        os.close(nowhere)


class Budget:
    """How many lines a part may show: a flood would push the addresses off the screen.

    Everything is in the part's log all the same.
    """

    LINES = 6
    SECONDS = 20

    def __init__(self) -> None:
        self._shown: dict[str, deque[float]] = {}

    def allows(self, name: str) -> bool:
        """Whether that part may show one more line now; if so, counts it."""
        shown = self._shown.setdefault(name, deque(maxlen=self.LINES))
        now = time.monotonic()
        if len(shown) == self.LINES and now - shown[0] < self.SECONDS:
            return False
        shown.append(now)
        return True
