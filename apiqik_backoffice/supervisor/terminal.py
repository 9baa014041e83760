"""What the person at the terminal reads."""

import os
import sys

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
