"""Several at once, each in a thread with a connection of its own, let go together."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection, connections

from common.exceptions import BackOfficeError


def together(*acts: Callable[[], Any], seconds: float = 30) -> list[Any]:
    """What each act came to: its answer, or the refusal. Anything else fails the test."""
    barrier = threading.Barrier(len(acts))
    came_to: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=seconds)
            came_to[place] = act()
        except BaseException as error:
            came_to[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=seconds)
        assert not thread.is_alive(), "they wait for each other"
    for error in came_to:
        if isinstance(error, BaseException) and not isinstance(error, BackOfficeError):
            raise error
    return came_to


def refusals(came_to: list[Any]) -> list[BackOfficeError]:
    return [one for one in came_to if isinstance(one, BackOfficeError)]
