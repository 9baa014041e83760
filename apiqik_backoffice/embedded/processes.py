"""Telling whether a process id in a file still means the server that wrote it."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


def command_line(pid: int) -> str:
    """Return the command line of a living process, or "" when there is none."""
    if Path("/proc/self/cmdline").exists():
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return raw.replace(b"\0", b" ").decode(errors="replace").strip()
    result = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout.strip()


def first_number(file: Path) -> int | None:
    """Return the number on a file's first line, or None when there is none to read."""
    try:
        return int(file.read_text(errors="replace").splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def signal_if_alive(pid: int, number: int) -> bool:
    """Send a signal; return False when no such process is left."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.02) -> bool:
    """Ask a condition again and again; return False when the time has run out."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def last_words(log: Path, *, lines: int = 3) -> str:
    """Return the end of a log in one line, for a message about a failed start."""
    try:
        text = log.read_text(errors="replace")
    except OSError:
        return ""
    return " / ".join(text.strip().splitlines()[-lines:])
