"""Questions asked before anything is touched, each refused with one sentence."""

import errno
import fcntl
import os
import socket
import tempfile
from pathlib import Path

from apiqik_backoffice.embedded.locations import user_name
from apiqik_backoffice.embedded.processes import command_line, first_number, wait_until
from apiqik_backoffice.supervisor.exceptions import CannotStartError

# How long the previous run's remains may take to clear away after a kill -9.
CLEARING_SECONDS = 25


def require_writable(var_dir: Path) -> None:
    """Create the folder for run-time files; raises CannotStartError when it cannot be written."""
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=var_dir):
            pass
        owner = var_dir.stat().st_uid
    except OSError as error:
        raise CannotStartError(
            f"The folder {var_dir} cannot be written ({error.strerror}): run-time files and the "
            "database live there."
        ) from None
    if owner != os.geteuid():
        raise CannotStartError(
            f"The folder {var_dir} belongs to the user {user_name(owner)}, who ran this before; "
            "start as that user, or use another checkout."
        )


def require_free_port(address: str, port: int) -> None:
    """Raise CannotStartError when the site could not listen there."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.strip("[]"), port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                reason = f"Port {port} is in use by another program"
            elif error.errno == errno.EACCES:
                reason = f"Port {port} needs rights that this user lacks"
            else:
                reason = f"The site cannot listen on {address}:{port} ({error.strerror})"
            raise CannotStartError(f"{reason}; choose one: PORT=8001 make run") from None
        except OverflowError:
            raise CannotStartError(f"PORT={port} is not a port: use 1 to 65535.") from None


class RunLock:
    """Held while the product runs from this checkout, by the supervisor and its keeper."""

    def __init__(self, var_dir: Path) -> None:
        self.file = var_dir / "run.lock"
        self.descriptor = -1

    def acquire(self) -> None:
        """Take the lock; raises CannotStartError while another run holds it.

        After a kill -9 the keeper of the killed run still holds it while it
        clears away, which is waited for.
        """
        self.descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not self._try():
            running = first_number(self.file)
            alive = running is not None and "manage.py" in command_line(running)
            if alive or not wait_until(self._try, seconds=CLEARING_SECONDS, every=0.1):
                os.close(self.descriptor)
                raise CannotStartError(
                    f"The product already runs from this folder (process {running}); "
                    "stop that one with Ctrl-C first."
                )
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        os.close(self.descriptor)

    def _try(self) -> bool:
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
