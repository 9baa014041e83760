"""How a change is coming along, in numbers for staff."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Count, Q

from common.clock import local_day
from notices.models import Channel, Delivery, Notice, ServiceChange

State = Delivery.State


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


# Which column of the report a delivery's state counts towards.
_COLUMNS = {
    State.PENDING: "waiting",
    State.SENDING: "waiting",
    State.ACCEPTED: "accepted",
    State.RETRYING: "retrying",
    State.FAILED: "failed",
    State.UNKNOWN: "unknown",
}


def channel_progress(change: ServiceChange, phase: str) -> list[ChannelProgress]:
    """Inbox, e-mail and SMS of one phase, in that order."""
    inbox = Notice.objects.filter(expansion__change=change, expansion__phase=phase).aggregate(
        total=Count("pk"), read=Count("pk", filter=Q(reading__isnull=False))
    )
    progress = {
        Channel.INBOX.value: ChannelProgress(
            Channel.INBOX, total=inbox["total"], accepted=inbox["total"]
        )
    }
    for channel in Delivery.CHANNELS:
        progress[channel.value] = ChannelProgress(channel)
    counted = (
        Delivery.objects.of_change(change)
        .filter(notice__expansion__phase=phase)
        .values_list("channel", "state")
        .annotate(number=Count("pk"))
    )
    for channel_name, state, number in counted:
        row = progress[channel_name]
        row.total += number
        if column := _COLUMNS.get(State(state)):
            setattr(row, column, getattr(row, column) + number)
    return list(progress.values())


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
