"""How much goes to a provider: a rate, a daily cap, a cap for one address.

Counted in the transaction that claims, when a message is about to be handed over, since that
is what providers count. What finds no room waits, with a reason, and is never dropped.

The rate is a token bucket that lets through nine tenths of it, with a burst of the last tenth:
so within any second, or minute, there are never more than the limit says. What waits is given
places one after the other, so a long queue is moved once and not every second; who holds a
place goes before who comes anew.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Sum

from common import prepared
from common.arrays import array
from notices.due import Routable
from notices.models import Delivery, ProviderLimit, ProviderPace, ProviderUse

Held = Delivery.Held
BURST = 0.1
DAY = timedelta(days=1)
KEPT = timedelta(days=30)

_COUNT_USE = """
INSERT INTO notices_provideruse AS kept (provider, hour, shard, submitted)
SELECT provider, date_trunc('hour', %s::timestamptz), pg_backend_pid() %% 16, submitted
FROM unnest(%s::text[], %s::int[]) AS came (provider, submitted)
ON CONFLICT (provider, hour, shard) DO UPDATE SET submitted = kept.submitted + excluded.submitted
"""

_SENT_TO = """
SELECT attempt.provider, delivery.address, attempt.provider_template,
       count(*), min(attempt.recorded_at)
FROM notices_delivery delivery
JOIN notices_attempt attempt ON attempt.delivery_id = delivery.id
WHERE delivery.address = ANY(%(addresses)s) AND attempt.provider = ANY(%(providers)s)
  AND attempt.recorded_at > %(since)s
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True)
class Wait:
    """There is no room before that moment."""

    until: datetime
    reason: str


def burst(limit: int) -> float:
    """How many may go at one moment, of `limit` in a window."""
    return max(1.0, limit * BURST)


def a_second(limit: int, window: float) -> float:
    """How many go each second in the long run."""
    return (1 - BURST) * limit / window


def limits_of(providers: Collection[str]) -> list[ProviderLimit]:
    """The limits of those that have some; one question."""
    return list(ProviderLimit.objects.filter(provider__in=providers))


class Pace:
    """The bucket of one provider, in memory while its row is locked."""

    def __init__(self, row: ProviderPace, limit: ProviderLimit, at: datetime) -> None:
        self.row = row
        self.windows = [
            (name, burst(most), a_second(most, window))
            for name, most, window in (
                ("of_second", limit.per_second, 1.0),
                ("of_minute", limit.per_minute, 60.0),
            )
            if most
        ]
        passed = max(0.0, (at - row.filled_at).total_seconds())
        for name, most, rate in self.windows:
            setattr(row, name, min(most, getattr(row, name) + passed * rate))
        row.filled_at = max(at, row.filled_at)
        row.given_until = max(at, row.given_until)
        self.at = at
        # What holds a place goes first.
        self.queued = row.given_until > at
        self.late = 0

    def has_room(self, *, holds_a_place: bool) -> bool:
        if self.queued and not holds_a_place:
            return False
        return all(getattr(self.row, name) >= 1 for name, _most, _rate in self.windows)

    def take(self) -> None:
        for name, _most, _rate in self.windows:
            setattr(self.row, name, getattr(self.row, name) - 1)

    @property
    def rate(self) -> float:
        """How many go each second in the long run."""
        return min(rate for _name, _most, rate in self.windows)

    def next_place(self) -> datetime:
        """The moment of the first place that nobody has been given yet."""
        return self.row.given_until + timedelta(seconds=1 / self.rate)

    def give_place(self, *, holds_a_place: bool) -> datetime:
        """The place of one that waits. Whose place has come a little early keeps it, and
        does not go to the end again."""
        if not holds_a_place:
            self.row.given_until = self.next_place()
            return self.row.given_until
        self.late += 1
        short = max(
            (self.late - getattr(self.row, name)) / rate for name, _most, rate in self.windows
        )
        return self.at + timedelta(seconds=max(short, 0.01))


class Budget:
    """What the providers of a batch still take. Made and written within the transaction that
    claims; asks a fixed number of questions. Those with limits are locked until it ends, so
    that two workers never fill the same room."""

    def __init__(
        self, limits: Iterable[ProviderLimit], addresses: Collection[str], *, at: datetime
    ) -> None:
        self.at = at
        self.limits = {limit.provider: limit for limit in limits}
        self.paces = self._lock(at)
        self.midnight = at.astimezone(ZoneInfo(settings.TIME_ZONE)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        self.today = self._used_today()
        self.sent_to = self._sent_to(addresses)
        self.taken: Counter[str] = Counter()

    def _lock(self, at: datetime) -> Mapping[str, Pace]:
        names = sorted(self.limits)
        if not names:
            return {}
        ProviderPace.objects.bulk_create(
            [
                ProviderPace(
                    provider=name,
                    of_second=burst(self.limits[name].per_second or 0),
                    of_minute=burst(self.limits[name].per_minute or 0),
                    filled_at=at,
                    given_until=at,
                )
                for name in names
            ],
            ignore_conflicts=True,
        )
        rows = ProviderPace.objects.select_for_update().filter(pk__in=names).order_by("pk")
        return {row.pk: Pace(row, self.limits[row.pk], at) for row in rows}

    def _used_today(self) -> dict[str, int]:
        capped = [name for name, limit in self.limits.items() if limit.per_day]
        if not capped:
            return {}
        return dict(
            ProviderUse.objects.filter(provider__in=capped, hour__gte=self.midnight)
            .values("provider")
            .annotate(number=Sum("submitted"))
            .values_list("provider", "number")
        )

    def _sent_to(
        self, addresses: Collection[str]
    ) -> dict[tuple[str, str, str], tuple[int, datetime]]:
        """By provider, address and text: how many in 24 hours, and the first of them."""
        capped = [name for name, limit in self.limits.items() if limit.per_address]
        if not capped:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(
                _SENT_TO,
                {"addresses": list(addresses), "providers": capped, "since": self.at - DAY},
            )
            return {(p, a, text): (n, first) for p, a, text, n, first in cursor.fetchall()}

    def lacks(self, provider: str, delivery: Routable, text: str) -> Wait | None:
        """Why it cannot go now, and until when; None when there is room. Changes nothing."""
        limit = self.limits.get(provider)
        if limit is None:
            return None
        if limit.per_day and self.today.get(provider, 0) >= limit.per_day:
            return Wait(self.midnight + DAY, Held.DAILY_CAP)
        sent, first = self.sent_to.get((provider, delivery.address, text), (0, self.at))
        if limit.per_address and sent >= limit.per_address:
            return Wait(first + DAY, Held.ADDRESS_CAP)
        pace = self.paces[provider]
        holds = delivery.held_by == Held.RATE
        if not pace.has_room(holds_a_place=holds):
            return Wait(self.at if holds else pace.next_place(), Held.RATE)
        return None

    def take(self, provider: str, delivery: Routable, text: str) -> None:
        """It goes there: counts it."""
        self.taken[provider] += 1
        if provider not in self.limits:
            return
        self.paces[provider].take()
        self.today[provider] = self.today.get(provider, 0) + 1
        key = (provider, delivery.address, text)
        sent, first = self.sent_to.get(key, (0, self.at))
        self.sent_to[key] = (sent + 1, first)

    def keep_place(self, provider: str, delivery: Routable) -> datetime:
        """It waits for the rate of that provider: the moment of its place."""
        return self.paces[provider].give_place(holds_a_place=delivery.held_by == Held.RATE)

    def write(self) -> None:
        """Two statements at most."""
        if self.paces:
            ProviderPace.objects.bulk_update(
                [pace.row for pace in self.paces.values()],
                ["of_second", "of_minute", "filled_at", "given_until"],
            )
        if self.taken:
            names = sorted(self.taken)
            numbers = [self.taken[name] for name in names]
            prepared.run(_COUNT_USE, (self.at, array(names), array(numbers)))


def forget_uses(*, at: datetime) -> int:
    """Drops counts that no cap and no alarm looks at any more; how many rows that were."""
    gone, _by_model = ProviderUse.objects.filter(hour__lt=at - KEPT).delete()
    return gone


def next_place(channel: str, *, within: timedelta, at: datetime) -> datetime | None:
    """When the first delivery of a channel that waits for a rate has its place, if that is
    soon: whoever sends may wait for it instead of ending. None otherwise."""
    soon = (
        Delivery.objects.filter(
            state__in=[Delivery.State.PENDING, Delivery.State.RETRYING],
            channel=channel,
            held_by=Held.RATE,
            not_before__lte=at + within,
        )
        .order_by("not_before")
        .values_list("not_before", flat=True)
    )
    return soon.first()
