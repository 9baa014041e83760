"""Acts in the order of their moments, each with the database's clock set to its own."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from django.db import connection

from common.models import ClockOffset

Act = Callable[[], object]
BEIJING = ZoneInfo("Asia/Shanghai")


class Timeline:
    """Schedules acts; an act may schedule further ones, at its own moment or later.

    `end` is the real present, at which the story stops and the clock is set right.
    """

    def __init__(self, *, end: datetime) -> None:
        self.end = end
        self._acts: list[tuple[datetime, int, Act]] = []
        self._order = count()

    def ago(self, days: float, *, hour: int = 10, minute: int = 0) -> datetime:
        """That time of day in Beijing, so many days before the end (after it, below 0)."""
        day = (self.end - timedelta(days=days)).astimezone(BEIJING)
        return day.replace(hour=hour, minute=minute, second=0, microsecond=0)

    def at(self, moment: datetime, act: Act) -> None:
        """Has `act` happen at `moment`; of acts at one moment, the first comes first."""
        heapq.heappush(self._acts, (moment, next(self._order), act))

    def run(self) -> None:
        """Lives through all acts up to the end, then sets the clock right.

        What lies beyond the end is left to the real future.
        """
        while self._acts and self._acts[0][0] <= self.end:
            moment, _order, act = heapq.heappop(self._acts)
            _set_clock(moment)
            act()
        ClockOffset.objects.all().delete()


def _set_clock(moment: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO common_clockoffset (id, shift) VALUES (1, %s - statement_timestamp())"
            " ON CONFLICT (id) DO UPDATE SET shift = excluded.shift",
            [moment],
        )
