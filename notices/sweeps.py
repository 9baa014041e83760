"""Finding what nobody was woken for, each kind of it once a period.

Jobs are woken when there is something to do. Whatever was lost on the way is found here by
its rows. Timetables ask for a sweep more often than they should when there are two of them,
or when one catches up; the row of the period lets the first one through and no other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from common.clock import now
from common.wakeups import wake
from notices import (
    alarms,
    delivering,
    letter_sending,
    letters,
    matching,
    progress,
    receipts,
    standings,
)
from notices.models import Channel, Delivery, LetterDelivery, ServiceChange, Sweep

State = Delivery.State

KEPT_FOR = timedelta(days=7)
EXPIRED_AT_ONCE = 5_000


@dataclass(frozen=True)
class Sweeper:
    """One kind of thing that is looked for, and how often; `look` gives how many it found."""

    kind: str
    every: timedelta
    look: Callable[[datetime], int]


def sweep_all(*, at: datetime) -> dict[str, int]:
    """Every kind whose period nobody has looked at yet; what each found."""
    found = {}
    for sweeper in SWEEPERS:
        begun = Sweep.begin(sweeper.kind, every=sweeper.every, at=at)
        if begun is not None:
            found[sweeper.kind] = sweeper.look(at)
            begun.end(found=found[sweeper.kind], at=now())
    return found


def audiences(at: datetime) -> int:
    """Changes with messages to write, be there rows of them yet or not, and those due to take
    effect."""
    to_write = progress.with_messages_to_write().count()
    if to_write:
        wake("notices.announce")
    due = ServiceChange.objects.due(at).exists()
    if due:
        wake("notices.take_effect")
    return to_write + due


def empty_audiences(at: datetime) -> int:
    """Changes that turned out to be for nobody: staff are told once a day."""
    return alarms.raise_empty(at=at)


def unsent(at: datetime) -> int:
    """Messages that are due."""
    found = 0
    for channel in (Channel.EMAIL, Channel.SMS):
        if Delivery.objects.due(at).filter(channel=channel).exists():
            wake(f"notices.send_{channel.value}")
            found += 1
    if LetterDelivery.objects.filter(letter_sending.due(at)).exists():
        wake(letters.SEND)
        found += 1
    return found


def leases(at: datetime) -> int:
    """Messages whose worker vanished."""
    abandoned = delivering.give_up_abandoned(at=at)
    if abandoned:
        progress.conclude_all()
    return abandoned + letter_sending.give_up_abandoned(at=at)


def missing_receipts(at: datetime) -> int:
    """Messages to look into, receipts that nobody has read, and those that fitted nothing."""
    open_ones = (
        Delivery.objects.filter(ask_at__lte=at).exists()
        or LetterDelivery.objects.filter(ask_at__lte=at).exists()
    )
    if open_ones:
        wake("notices.look_into")
    return open_ones + receipts.read_unread(at=at) + matching.match_parked(at=at)


def fetched_receipts(at: datetime) -> int:
    """Receipts that providers keep until they are fetched; how many providers do."""
    keeping = receipts.kept_elsewhere()
    if keeping:
        wake("notices.collect_receipts")
    return len(keeping)


def expired(at: datetime) -> int:
    """Messages that could not be sent in all the time there was. They prove nothing to a gate,
    and staff see them."""
    with transaction.atomic():
        over = list(
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(
                state__in=(State.PENDING, State.RETRYING),
                notice__recorded_at__lt=at - settings.MESSAGES_LIVE_FOR,
            )
            .order_by("pk")
            .values_list("pk", flat=True)[:EXPIRED_AT_ONCE]
        )
        return Delivery.objects.filter(pk__in=over).update(state=State.EXPIRED)


def concluded(at: datetime) -> int:
    """Changes whose announcing is over."""
    return progress.conclude_all()


def gates(at: datetime) -> int:
    """Changes whose gates are to be reckoned again, so that those at risk are known."""
    stale = len(standings.to_reckon(at))
    if stale:
        wake("notices.reckon")
    return stale


def old_sweeps(at: datetime) -> int:
    """What sweeps came to is kept for a while."""
    deleted, _by_model = Sweep.objects.filter(period__lt=at - KEPT_FOR).delete()
    return deleted


OFTEN, NOW_AND_THEN = timedelta(seconds=20), timedelta(minutes=10)
# Those that may wait for a lock, and fail for it, come last.
SWEEPERS = (
    Sweeper("audiences", OFTEN, audiences),
    Sweeper("unsent", OFTEN, unsent),
    Sweeper("gates", timedelta(minutes=1), gates),
    Sweeper("missing_receipts", OFTEN, missing_receipts),
    Sweeper("fetched_receipts", timedelta(minutes=1), fetched_receipts),
    Sweeper("empty_audiences", NOW_AND_THEN, empty_audiences),
    Sweeper("expired", NOW_AND_THEN, expired),
    Sweeper("old_sweeps", timedelta(days=1), old_sweeps),
    Sweeper("leases", OFTEN, leases),
    Sweeper("concluded", OFTEN, concluded),
)
