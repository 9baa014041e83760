"""Clocks of cases: so many working days, not counting while the customer is asked.

Entries are final; what is left is worked out from them. A day that the calendar does not
know counts by its weekday, and says so (`common.working_days`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from common.working_days import Calendar
from compliance.exceptions import WrongStep
from compliance.models import Case, ClockEntry, Severity

Clock = ClockEntry.Clock
Act = ClockEntry.Act

# Working days by severity: until somebody has looked at it, until it is decided.
DAYS = {
    Clock.FIRST_LOOK: {
        Severity.LOW: 5,
        Severity.MEDIUM: 3,
        Severity.HIGH: 1,
        Severity.CRITICAL: 1,
    },
    Clock.DECISION: {
        Severity.LOW: 30,
        Severity.MEDIUM: 15,
        Severity.HIGH: 7,
        Severity.CRITICAL: 3,
    },
    Clock.APPEAL: {
        Severity.LOW: 15,
        Severity.MEDIUM: 15,
        Severity.HIGH: 10,
        Severity.CRITICAL: 5,
    },
}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a clock stands: `due_at` is None unless it is running. `provisional` says that a day
    it counted is not settled in the calendar yet, or missing there."""

    clock: str
    running: bool
    paused: bool
    days: int
    used: timedelta
    due_at: datetime | None
    stopped_at: datetime | None
    ran_out_at: datetime | None
    provisional: bool

    @property
    def breached(self) -> bool:
        """Whether it ran on after its time was over, stopped since or not. A day off after
        the last one allowed is late too, though it uses nothing up."""
        return self.ran_out_at is not None


def start(case: Case, clock: str, *, at: datetime, actor: User | None = None) -> None:
    """Starts a clock with the days that the severity of the case allows."""
    days = DAYS[Clock(clock)][Severity(case.severity)]
    _enter(case, clock, Act.START, at=at, days=days, actor=actor)


def pause(case: Case, clock: str, *, at: datetime, reason: str, actor: User | None = None) -> None:
    """Stops counting until `resume`. Raises `WrongStep` unless the clock is running."""
    _expect(case, clock, Act.START, Act.RESUME)
    _enter(case, clock, Act.PAUSE, at=at, reason=reason[:200], actor=actor)


def resume(case: Case, clock: str, *, at: datetime, reason: str, actor: User | None = None) -> None:
    """Goes on counting. Raises `WrongStep` unless the clock is paused."""
    _expect(case, clock, Act.PAUSE)
    _enter(case, clock, Act.RESUME, at=at, reason=reason[:200], actor=actor)


def stop(case: Case, clock: str, *, at: datetime, actor: User | None = None) -> bool:
    """Stops a clock for good; whether there was one to stop."""
    if _last_act(case, clock) in (None, Act.STOP):
        return False
    _enter(case, clock, Act.STOP, at=at, actor=actor)
    return True


def read(
    case: Case, clock: str, *, at: datetime, calendar: Calendar | None = None
) -> Reading | None:
    """How the clock stands at `at`; None if it was never started. A clock that was started
    again counts from there."""
    entries = case.clock_entries.filter(clock=clock, at__lte=at).order_by("pk")
    return reading_of(list(entries), at=at, calendar=calendar or Calendar())


def readings(case: Case, *, at: datetime, calendar: Calendar | None = None) -> list[Reading]:
    """Every clock of the case that was ever started; two queries."""
    entries = list(case.clock_entries.filter(at__lte=at).order_by("pk"))
    return readings_of(entries, at=at, calendar=calendar or Calendar())


def readings_of(
    entries: Sequence[ClockEntry], *, at: datetime, calendar: Calendar
) -> list[Reading]:
    """As `readings`, from all entries of one case in their order."""
    found = (
        reading_of([one for one in entries if one.clock == clock], at=at, calendar=calendar)
        for clock in Clock.values
    )
    return [reading for reading in found if reading is not None]


def reading_of(
    entries: Sequence[ClockEntry], *, at: datetime, calendar: Calendar
) -> Reading | None:
    """How one clock stands, from its entries in their order."""
    begins = max((n for n, one in enumerate(entries) if one.act == Act.START), default=None)
    if begins is None:
        return None
    counted = _Count(calendar, allowed=timedelta(days=entries[begins].days or 0))
    since = None
    for entry in entries[begins:]:
        if since is not None:
            counted.add(since, entry.at)
        since = entry.at if entry.act in (Act.START, Act.RESUME) else None
    last = entries[-1]
    due_at = counted.due(since) if since is not None else None
    if since is not None:
        counted.add(since, at)
    return Reading(
        clock=last.clock,
        running=since is not None,
        paused=last.act == Act.PAUSE,
        days=entries[begins].days or 0,
        used=counted.used,
        due_at=due_at,
        stopped_at=last.at if last.act == Act.STOP else None,
        ran_out_at=counted.ran_out_at,
        provisional=counted.provisional,
    )


class _Count:
    """What a clock has used so far, and when it ran out if it did."""

    def __init__(self, calendar: Calendar, *, allowed: timedelta) -> None:
        self.calendar, self.allowed = calendar, allowed
        self.used, self.provisional = timedelta(), False
        self.ran_out_at: datetime | None = None

    def add(self, since: datetime, until: datetime) -> None:
        """Counts a stretch in which the clock ran."""
        span = self.calendar.between(since, until)
        left = self.allowed - self.used
        if self.ran_out_at is None and span.worked >= left:
            over = self.calendar.after(since, left).moment
            self.ran_out_at = over if over < until else None
        self.used += span.worked
        self.provisional |= span.provisional

    def due(self, since: datetime) -> datetime:
        """When it runs out if it runs on from `since`; in the past if it did already."""
        if self.ran_out_at is not None:
            return self.ran_out_at
        ends = self.calendar.after(since, self.allowed - self.used)
        self.provisional |= ends.provisional
        return ends.moment


def keep(case: Case, *, at: datetime) -> None:
    """Writes the first moment at which a running clock of the case runs out, for lists."""
    case.due_at = first_due(readings(case, at=at))
    case.save(update_fields=["due_at"])


def first_due(found: Sequence[Reading]) -> datetime | None:
    """The first moment at which one of these clocks runs out; None while none is running."""
    return min((one.due_at for one in found if one.due_at is not None), default=None)


def _enter(case: Case, clock: str, act: str, *, at: datetime, **fields: Any) -> None:
    """Writes an entry, in the caller's transaction, with the case locked. Moments never go
    back: whoever had to wait for the lock read the time before."""
    last = case.clock_entries.order_by("-pk").values_list("at", flat=True).first()
    at = max(at, last) if last else at
    ClockEntry.record(case=case, clock=clock, act=act, at=at, **fields)
    keep(case, at=at)


def _expect(case: Case, clock: str, *acts: str) -> None:
    if _last_act(case, clock) not in acts:
        raise WrongStep(_("This clock is not in a state in which that can be done."))


def _last_act(case: Case, clock: str) -> str | None:
    acts = case.clock_entries.filter(clock=clock).order_by("-pk").values_list("act", flat=True)
    return acts.first()
