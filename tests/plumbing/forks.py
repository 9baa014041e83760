"""Pieces of work in processes of their own, which may be killed or stopped.

They begin as copies of the test's process, so they are at work within milliseconds, with a
connection to the database that is theirs.
"""

import os
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Any

from django.db import connections


def begin(act: Callable[[], Any]) -> int:
    """Starts it; the number of the process."""
    connections.close_all()
    with warnings.catch_warnings():
        # Threads of the test's process do not live on in the copy, which needs none of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        process = os.fork()
    if process:
        return process
    status = 1
    try:
        act()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def end(process: int) -> int:
    """Waits for it; its status, or the number of the signal that ended it, below zero."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def wait_until_stopped(process: int) -> None:
    """Waits until it has been stopped by a signal."""
    _process, status = os.waitpid(process, os.WUNTRACED)
    assert os.WIFSTOPPED(status), "it ended instead"


def run(act: Callable[[], Any]) -> int:
    return end(begin(act))
