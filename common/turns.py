"""Jobs that take turns: of each kind one runs at a time, however often it is woken.

So that a kind never holds more than one process of a worker. Kinds that nobody waits for
share a lane and take turns among each other. A worker with a process more than there are
lanes (`WORKER_CONCURRENCY`) then always has one free: an effect that is due waits for
neither 100,000 e-mails nor a large expansion, and no queues are needed. It is not what
keeps work from being done twice; the rows are.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import TypeVar

from django.db import Error

from common.models import Wakeup
from common.wakeups import wake

Result = TypeVar("Result")

# What nobody waits for: looking again, counting, recording.
BACKGROUND = "background"

# The kinds of each lane; by the number of lanes the size of a worker is chosen.
lanes: dict[str, set[str]] = {}


def in_turn(
    kind: str, *, lane: str = ""
) -> Callable[[Callable[[], Result]], Callable[[], Result | None]]:
    """Decorates the job that answers wake-ups of that kind; its lane is its own by default.

    While another process has the turn the job does nothing and gives None; the one that
    has it wakes the kind again at its end, for there may be work that it no longer saw. A
    message that is still to come needs nobody's help.
    A turn ends with its process or its connection to the database, whatever happens.
    """
    lane = lane or kind
    sharing = lanes.setdefault(lane, set())
    sharing.add(kind)

    def decorate(job: Callable[[], Result]) -> Callable[[], Result | None]:
        @wraps(job)
        def take_turn() -> Result | None:
            if not Wakeup.begin_turn(kind, lane=lane):
                return None
            try:
                return job()
            finally:
                # A connection that broke took the turn with it.
                with suppress(Error):
                    for asked in Wakeup.end_turn(sharing, lane=lane):
                        wake(asked)

        return take_turn

    return decorate
