"""How a change is coming along, in numbers for staff."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Count, Min, Sum
from django.db.models.functions import TruncMinute
from django.utils.translation import ngettext

from common.clock import local_day
from notices.models import (
    Channel,
    Delivery,
    DeliveryCount,
    Exemption,
    Outcome,
    Phase,
    ServiceChange,
)

State = Delivery.State
MINUTE = timedelta(minutes=1)
LINES_SHOWN = 100


@dataclass
class ChannelProgress:
    """Messages of one channel by state; `total` is all of them."""

    channel: str
    total: int = 0
    accepted: int = 0
    waiting: int = 0
    retrying: int = 0
    failed: int = 0
    unknown: int = 0

    @property
    def label(self) -> str:
        return str(Channel(self.channel).label)

    def share(self, number: int) -> float:
        return number / self.total if self.total else 0

    @property
    def accepted_share(self) -> float:
        return self.share(self.accepted)

    @property
    def unsettled_share(self) -> float:
        return self.share(self.retrying + self.unknown)

    @property
    def failed_share(self) -> float:
        return self.share(self.failed)


@dataclass(frozen=True)
class PhaseProgress:
    """The channels of one phase."""

    phase: str
    channels: list[ChannelProgress]

    @property
    def label(self) -> str:
        return str(Phase(self.phase).label)


# Which column of the report a delivery's state counts towards.
_COLUMNS = {
    State.PENDING: "waiting",
    State.SENDING: "waiting",
    State.ACCEPTED: "accepted",
    State.RETRYING: "retrying",
    State.FAILED: "failed",
    State.UNKNOWN: "unknown",
    State.DELIVERED: "accepted",
    State.COMPLAINED: "accepted",
    State.UNREACHED: "failed",
    State.EXPIRED: "unknown",
}


def channel_progress(change: ServiceChange, phase: str) -> list[ChannelProgress]:
    """Inbox, e-mail and SMS of one phase, in that order; from the counts that are kept."""
    return _by_phase(change).get(phase) or _nothing_yet()


def progress_by_phase(change: ServiceChange) -> list[PhaseProgress]:
    """The same for each phase that people have been told of, in the order of phases."""
    found = _by_phase(change)
    return [PhaseProgress(phase, found[phase]) for phase in Phase.values if phase in found]


def _nothing_yet() -> list[ChannelProgress]:
    return [ChannelProgress(channel) for channel in (Channel.INBOX, *Delivery.CHANNELS)]


def _by_phase(change: ServiceChange) -> dict[str, list[ChannelProgress]]:
    told = change.expansions.order_by().values_list("phase").annotate(people=Sum("batches__people"))
    found: dict[str, list[ChannelProgress]] = {}
    for phase, people in told:
        found[phase] = _nothing_yet()
        found[phase][0].total = found[phase][0].accepted = people or 0
    counted = (
        DeliveryCount.objects.filter(expansion__change=change)
        .values_list("expansion__phase", "channel", "state")
        .annotate(sum=Sum("number"))
    )
    for phase, channel, state, number in counted:
        row = next(row for row in found[phase] if row.channel == channel)
        row.total += number
        if column := _COLUMNS.get(State(state)):
            setattr(row, column, getattr(row, column) + number)
    return found


@dataclass(frozen=True)
class Pace:
    """Answers of providers in the last minute, what still waits for one, and how long that
    takes at this rate: None while nothing is answered, or nothing waits."""

    a_minute: int
    waiting: int
    left: timedelta | None


def pace(change: ServiceChange, phases: Sequence[PhaseProgress], *, at: datetime) -> Pace:
    """How fast the messages of a change go out; `phases` from `progress_by_phase`."""
    waiting = sum(row.waiting + row.retrying for phase in phases for row in phase.channels)
    if not waiting:
        return Pace(0, 0, None)
    answered = Outcome.objects.filter(
        recorded_at__gt=at - MINUTE, attempt__delivery__expansion__change=change
    ).count()
    return Pace(answered, waiting, MINUTE * (waiting / answered) if answered else None)


@dataclass(frozen=True)
class Round:
    """An expansion on its way: for how many people and accounts it has written so far.
    `of_accounts` is how many it is about, where that is known."""

    phase: str
    whom: str
    number: int
    begun_at: datetime
    batches: int
    people: int
    accounts: int
    of_accounts: int | None
    done: bool


ROUNDS_SHOWN = 12


def rounds(change: ServiceChange) -> list[Round]:
    """The newest expansions of a change, newest first."""
    found = (
        change.expansions.annotate(
            written=Count("batches"), people=Sum("batches__people"), named=Sum("batches__accounts")
        )
        .select_related("completion")
        .order_by("-pk")[:ROUNDS_SHOWN]
    )
    first = change.concerned_count
    return [
        Round(
            phase=one.get_phase_display(),
            whom=one.get_whom_display(),
            number=one.round,
            begun_at=one.recorded_at,
            batches=one.written,
            people=one.people or 0,
            accounts=one.named or 0,
            of_accounts=first if (one.phase, one.round) == (Phase.ANNOUNCED, 1) else None,
            done=hasattr(one, "completion"),
        )
        for one in found
    ]


@dataclass(frozen=True)
class LeftOut:
    """Accounts that one person left out at once, for a reason."""

    recorded_at: datetime
    who: str
    reason: str
    count: int

    @property
    def what_happened(self) -> str:
        return ngettext(
            "%(count)d account left out by %(who)s", "%(count)d accounts left out by %(who)s",
            self.count,
        ) % {"count": self.count, "who": self.who}  # fmt: skip


def left_out(change: ServiceChange) -> list[LeftOut]:
    """What staff left out, as it was done: many accounts at once are one line."""
    lines = (
        change.exemptions.filter(cause=Exemption.Cause.STAFF)
        .values_list("exempted_by__name", "reason")
        .annotate(minute=TruncMinute("recorded_at"))
        .annotate(first=Min("recorded_at"), count=Count("pk"))
        .values_list("first", "exempted_by__name", "reason", "count")
        .order_by("-first")[:LINES_SHOWN]
    )
    return [LeftOut(*line) for line in lines]


def deliveries_by_day(*, days: int, at: datetime, zone: str) -> dict[date, dict[str, int]]:
    """For each of the last `days` local days: attempts by channel and verdict, as
    `email:accepted`. Days without any are there too."""
    today = local_day(at, zone)
    found: dict[date, dict[str, int]] = {
        today - timedelta(days=back): defaultdict(int) for back in reversed(range(days))
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (outcome.recorded_at AT TIME ZONE %(zone)s)::date, delivery.channel,"
            "  outcome.verdict, count(*)"
            " FROM notices_outcome outcome"
            " JOIN notices_attempt attempt ON attempt.id = outcome.attempt_id"
            " JOIN notices_delivery delivery ON delivery.id = attempt.delivery_id"
            " WHERE outcome.recorded_at >= (%(first)s::date)::timestamp AT TIME ZONE %(zone)s"
            " GROUP BY 1, 2, 3",
            {"zone": zone, "first": today - timedelta(days=days - 1)},
        )
        for day, channel, verdict, number in cursor.fetchall():
            if day in found:
                found[day][f"{channel}:{verdict}"] += number
    return found
