"""Celery beat without a file: the table is in the code, the past is in the database."""

import contextlib
import time
from datetime import timedelta
from typing import Any

import structlog
from celery.beat import ScheduleEntry, Scheduler, SchedulingError
from django.db import DatabaseError, close_old_connections

from apiqik_backoffice.supervisor.children import is_orphaned
from common.models import Heartbeat

log = structlog.get_logger(__name__)

STAMP_EVERY_SECONDS = 10


class HeartbeatScheduler(Scheduler):
    """Celery's in-memory scheduler, which also says in the database that it lives.

    It forgets everything at its end, so each task runs right after a start; tasks
    find out from rows whether there is something to do.
    """

    _stamped_at: float | None = None

    def setup_schedule(self) -> None:
        super().setup_schedule()
        for entry in self.schedule.values():
            period = getattr(entry.schedule, "run_every", timedelta())
            entry.last_run_at = entry.default_now() - period

    def tick(self, *args: Any, **kwargs: Any) -> float:
        if is_orphaned():
            raise SystemExit
        self._stamp()
        delay: float = super().tick(*args, **kwargs)
        return min(delay, STAMP_EVERY_SECONDS)

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Publish a wake-up; while the broker is away say so in one line and go on."""
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except SchedulingError as error:
            log.warning("wakeup_not_sent", task=entry.task, error=str(error))
            self._forget_connection()

    def _ensure_connected(self) -> Any:
        """Do not wait for the broker, as Celery's own would, for ever and without a sign of life.

        The connection is made by the first message, which fails if it cannot be.
        """
        return self.connection

    def _forget_connection(self) -> None:
        self.__dict__.pop("producer", None)
        broken = self.__dict__.pop("connection", None)
        if broken is not None:
            with contextlib.suppress(Exception):  # it is broken
                broken.release()

    def _stamp(self) -> None:
        now = time.monotonic()
        if self._stamped_at is not None and now - self._stamped_at < STAMP_EVERY_SECONDS:
            return
        self._stamped_at = now
        try:
            close_old_connections()
            Heartbeat.stamp("beat")
        except DatabaseError as error:
            # Beat goes on: a database that comes back must find its wake-ups.
            log.warning("beat_not_stamped", error=type(error).__name__)
