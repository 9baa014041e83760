"""Batches one after the other: while one is with its provider, the one before is written down
and the next is claimed.

The provider is called in a second thread, which touches no database; all that is written is
written by the caller's own. Of one worker two batches are on their way at most: one that is
being sent, and one that is claimed and waits for it. What is claimed has its attempts committed,
so a worker that is killed leaves nothing behind but doubts about these two.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

import structlog
from django.db import connections

log = structlog.get_logger(__name__)

Batch = TypeVar("Batch")
Answers = TypeVar("Answers")


def run(
    claim: Callable[[], Batch | None],
    send: Callable[[Batch], Answers],
    settle: Callable[[Batch, Answers], object],
    put_back: Callable[[Batch], object],
) -> None:
    """Until `claim` answers None. `send` runs in a thread of its own, one batch at a time and in
    order; the others run here, with no transaction open between them.

    Whatever is raised by any of them ends the run and is raised here, after what came of the
    batches on their way has been settled: an answer that came is written down even if the next
    claim fails. A batch that was not given to its provider yet is given to `put_back`.
    """
    waiting: deque[tuple[Batch, Future[Answers]]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="sending") as thread:
        try:
            while (batch := claim()) is not None:
                waiting.append((batch, thread.submit(copy_context().run, _sent, send, batch)))
                if len(waiting) > 1:
                    _settle_first(waiting, settle)
            while waiting:
                _settle_first(waiting, settle)
        except BaseException:
            _wind_up(waiting, settle, put_back)
            raise


def _sent(send: Callable[[Batch], Answers], batch: Batch) -> Answers:
    try:
        return send(batch)
    finally:
        # Of this thread; there are none unless a provider asked the database all the same.
        connections.close_all()


def _settle_first(
    waiting: deque[tuple[Batch, Future[Answers]]], settle: Callable[[Batch, Answers], object]
) -> None:
    batch, sending = waiting[0]
    _settle(batch, sending, settle)
    # Only now: what could not be written down is tried once more at the end.
    waiting.popleft()


def _wind_up(
    waiting: deque[tuple[Batch, Future[Answers]]],
    settle: Callable[[Batch, Answers], object],
    put_back: Callable[[Batch], object],
) -> None:
    """What is not begun is called off first, or the wait for the others would begin it."""
    for batch, sending in reversed(waiting):
        if sending.cancel():
            _at_last(put_back, batch)
    for batch, sending in waiting:
        if not sending.cancelled():
            _at_last(_settle, batch, sending, settle)


def _settle(
    batch: Batch, sending: Future[Answers], settle: Callable[[Batch, Answers], object]
) -> None:
    settle(batch, sending.result())


def _at_last(act: Callable[..., object], *given: object) -> None:
    try:
        act(*given)
    except Exception:
        # Its lease runs out, and it is looked into (`notices.doubts`).
        log.exception("batch_not_settled")
