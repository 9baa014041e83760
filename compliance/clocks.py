"""Clocks of cases: so many working days, not counting while the customer is asked.

Entries are final; what is left is worked out from them. A day that the calendar does not
know counts by its weekday, and says so (`common.working_days`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import User
from common import working_days
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
    """How a clock stands: `due_at` is None while it is paused. `provisional` says that a day
    it counted is not settled in the calendar yet, or missing there."""

    clock: str
    running: bool
    paused: bool
    days: int
    used: timedelta
    due_at: datetime | None
    stopped_at: datetime | None
    provisional: bool

    @property
    def breached(self) -> bool:
        """Whether it ran for longer than allowed, stopped or not."""
        return self.used > timedelta(days=self.days)


def start(case: Case, clock: str, *, at: datetime, actor: User | None = None) -> None:
    """Starts a clock with the days that the severity of the case allows."""
    days = DAYS[Clock(clock)][Severity(case.severity)]
    ClockEntry.record(case=case, clock=clock, act=Act.START, at=at, days=days, actor=actor)
    keep(case, at=at)


def pause(case: Case, clock: str, *, at: datetime, reason: str, actor: User | None = None) -> None:
    """Stops counting until `resume`. Raises `WrongStep` unless the clock is running."""
    _expect(case, clock, running=True, at=at)
    ClockEntry.record(
        case=case, clock=clock, act=Act.PAUSE, at=at, reason=reason[:200], actor=actor
    )
    keep(case, at=at)


def resume(case: Case, clock: str, *, at: datetime, reason: str, actor: User | None = None) -> None:
    """Goes on counting. Raises `WrongStep` unless the clock is paused."""
    _expect(case, clock, running=False, at=at)
    ClockEntry.record(
        case=case, clock=clock, act=Act.RESUME, at=at, reason=reason[:200], actor=actor
    )
    keep(case, at=at)


def stop(case: Case, clock: str, *, at: datetime, actor: User | None = None) -> bool:
    """Stops a clock for good; whether there was one to stop."""
    reading = read(case, clock, at=at)
    if reading is None or reading.stopped_at is not None:
        return False
    ClockEntry.record(case=case, clock=clock, act=Act.STOP, at=at, actor=actor)
    keep(case, at=at)
    return True


def read(case: Case, clock: str, *, at: datetime) -> Reading | None:
    """How the clock stands at `at`; None if it was never started. A clock that was started
    again counts from there."""
    entries = list(case.clock_entries.filter(clock=clock, at__lte=at).order_by("pk"))
    begins = max((n for n, one in enumerate(entries) if one.act == Act.START), default=None)
    if begins is None:
        return None
    used, since, stopped_at, provisional = timedelta(), None, None, False
    for entry in entries[begins:]:
        if since is not None:
            span = working_days.between(since, entry.at)
            used, provisional = used + span.worked, provisional or span.provisional
        since = entry.at if entry.act in (Act.START, Act.RESUME) else None
        stopped_at = entry.at if entry.act == Act.STOP else None
    days = entries[begins].days or 0
    due_at = None
    if since is not None:
        ends = working_days.after(since, timedelta(days=days) - used)
        span = working_days.between(since, at)
        used += span.worked
        due_at, provisional = ends.moment, provisional or ends.provisional or span.provisional
    return Reading(
        clock=clock,
        running=since is not None,
        paused=since is None and stopped_at is None,
        days=days,
        used=used,
        due_at=due_at,
        stopped_at=stopped_at,
        provisional=provisional,
    )


def readings(case: Case, *, at: datetime) -> list[Reading]:
    """Every clock of the case that was ever started."""
    found = (read(case, clock, at=at) for clock in Clock.values)
    return [reading for reading in found if reading is not None]


def keep(case: Case, *, at: datetime) -> None:
    """Writes the first moment at which a running clock of the case runs out, for lists."""
    due = [reading.due_at for reading in readings(case, at=at) if reading.due_at is not None]
    case.due_at = min(due, default=None)
    case.save(update_fields=["due_at"])


def _expect(case: Case, clock: str, *, running: bool, at: datetime) -> None:
    reading = read(case, clock, at=at)
    if reading is None or reading.stopped_at is not None or reading.running != running:
        raise WrongStep(_("This clock is not in a state in which that can be done."))
