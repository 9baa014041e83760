"""How sending is doing: what waits, what goes out, what did not arrive. For staff's page;
everything from counts that are kept, nothing by counting deliveries."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum

from common.messaging import Verdict
from notices.models import Delivery, DeliveryCount, DeliveryTally
from notices.tallies import Tally, counted_at, tallies

State = Delivery.State
MINUTES = timedelta(minutes=60)
HOURS = timedelta(hours=24)
DEAD_SHOWN = 20


@dataclass(frozen=True)
class Queue:
    """What is not settled of one channel."""

    channel: str
    waiting: int
    retrying: int
    sending: int
    awaited: int
    """Accepted by a provider, which has not said what became of it."""


@dataclass(frozen=True)
class Oldest:
    """What has been due the longest."""

    delivery: Delivery
    late: timedelta


@dataclass(frozen=True)
class Health:
    queues: list[Queue]
    dead: dict[str, int]
    """Deliveries that somebody should look at, by state."""
    oldest: Oldest | None
    minutes: list[Tally]
    hours: list[Tally]
    counted_at: datetime | None

    @property
    def waiting(self) -> int:
        return sum(one.waiting + one.retrying + one.sending for one in self.queues)

    def last_minutes(self, number: int) -> int:
        """Accepted by providers in that many whole minutes before this one, a minute."""
        whole = self.minutes[-1 - number : -1]
        accepted = sum(
            count
            for tally in whole
            for (_channel, _provider, what), count in tally.numbers.items()
            if what == Verdict.ACCEPTED
        )
        return round(accepted / number)


def health(*, at: datetime) -> Health:
    """As of now; a fixed number of statements, whatever there is."""
    counted = _counted()
    return Health(
        queues=[
            Queue(
                channel=channel.value,
                waiting=counted.get((channel, State.PENDING), 0),
                retrying=counted.get((channel, State.RETRYING), 0),
                sending=counted.get((channel, State.SENDING), 0),
                awaited=counted.get((channel, State.ACCEPTED), 0),
            )
            for channel in Delivery.CHANNELS
        ],
        dead={
            state: sum(counted.get((channel, state), 0) for channel in Delivery.CHANNELS)
            for state in Delivery.UNDELIVERED
        },
        oldest=_oldest(at),
        minutes=list(tallies(grain=DeliveryTally.Grain.MINUTE, since=at - MINUTES, upto=at)),
        hours=list(tallies(grain=DeliveryTally.Grain.HOUR, since=at - HOURS, upto=at)),
        counted_at=counted_at(),
    )


def _counted() -> dict[tuple[str, str], int]:
    rows = (
        DeliveryCount.objects.order_by().values_list("channel", "state").annotate(sum=Sum("number"))
    )
    return {(channel, state): number for channel, state, number in rows}


def _oldest(at: datetime) -> Oldest | None:
    due = Delivery.objects.due(at).select_related("notice__body").order_by("not_before")
    found: Delivery | None = due.first()
    return Oldest(found, at - found.not_before) if found is not None else None


def newest_dead() -> list[Delivery]:
    """Of what did not arrive the newest `DEAD_SHOWN`."""
    return list(
        Delivery.objects.undelivered().select_related("notice__body").order_by("-pk")[:DEAD_SHOWN]
    )
