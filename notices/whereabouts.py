"""What became of a message, by everything that was said of it.

The rows are what happened: attempts, outcomes, receipts, bounces. The state of a delivery is
worked out from all of them anew whenever one is added, under the lock of the delivery, so it
does not matter in which order, how often or how late they come. While a worker holds the
claim nothing moves; what it writes in the end looks here as well.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from common.messaging import Verdict
from common.messaging.providers import ReceiptState
from common.wakeups import wake
from notices.models import (
    Attempt,
    Bounce,
    Delivery,
    Failure,
    LetterDelivery,
    ReceiptMatch,
    Resolution,
)

State = Delivery.State
Kind = Resolution.Kind

RANK = {state: place for place, state in enumerate(ReceiptState)}
# The state a message is in when this is the most that was said of it.
AFTER = {
    ReceiptState.SENT: State.ACCEPTED,
    ReceiptState.DELAYED: State.ACCEPTED,
    ReceiptState.DELIVERED: State.DELIVERED,
    ReceiptState.FAILED_FOR_NOW: State.UNREACHED,
    ReceiptState.FAILED_FOR_GOOD: State.FAILED,
    ReceiptState.COMPLAINED: State.COMPLAINED,
}
ARRIVED = {ReceiptState.DELIVERED, ReceiptState.COMPLAINED}
REFUSED = {Verdict.REJECTED_FOR_GOOD.value, Verdict.REJECTED_FOR_NOW.value}


def highest(states: Iterable[ReceiptState]) -> ReceiptState | None:
    """The one that counts; None of none."""
    return max(states, key=RANK.__getitem__, default=None)


@dataclass
class Tried:
    """One attempt and all that was said of it. `receipts` are by number, `said` what they and
    a bounce say."""

    attempt: Attempt
    verdict: str
    bounced: bool
    resolutions: list[Resolution]
    said: list[ReceiptState] = field(default_factory=list)
    receipts: list[int] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        return self.verdict in REFUSED

    @property
    def is_doubtful(self) -> bool:
        return self.verdict in ("", Verdict.AMBIGUOUS)

    @property
    def kinds(self) -> set[str]:
        return {one.kind for one in self.resolutions}

    @property
    def is_let_go(self) -> bool:
        """By a person, who wants it sent again."""
        return any(one.decided_by_id for one in self.resolutions)

    @property
    def stands(self) -> bool:
        """It counts as accepted."""
        taken = self.verdict == Verdict.ACCEPTED or Kind.TAKEN in self.kinds
        return taken and not self.bounced


@transaction.atomic
def settle(deliveries: Collection[int], *, at: datetime) -> int:
    """Brings deliveries to the state that follows from what was said; how many moved."""
    locked = list(
        Delivery.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=deliveries)
        .order_by("pk")
    )
    free = [one for one in locked if one.state not in (State.SENDING, State.CANCELLED)]
    moved, news = 0, False
    tried = _tried(free)
    for delivery in free:
        tries = tried[delivery.pk]
        if not any(one.said for one in tries):
            continue
        news |= _write_down(delivery, tries)
        goal = _goal(delivery, tries)
        if goal is not None:
            moved += _move(delivery, goal, at)
        news |= _fail(delivery, tries)
    if news:
        wake("notices.reckon")
    return moved


def _tried(deliveries: Collection[Delivery]) -> dict[int, list[Tried]]:
    """The attempts of each delivery, oldest first."""
    attempts = (
        Attempt.objects.filter(delivery__in=deliveries)
        .select_related("outcome", "bounce")
        .prefetch_related("resolutions")
        .order_by("fence")
    )
    found: dict[int, list[Tried]] = defaultdict(list)
    by_attempt: dict[Any, Tried] = {}
    for attempt in attempts:
        bounced = hasattr(attempt, "bounce")
        outcome = getattr(attempt, "outcome", None)
        one = Tried(attempt, outcome.verdict if outcome else "", bounced, [])
        one.resolutions = list(attempt.resolutions.all())
        if bounced:
            one.said.append(ReceiptState.FAILED_FOR_GOOD)
        by_attempt[attempt.pk] = one
        found[attempt.delivery_id].append(one)
    matches = ReceiptMatch.objects.filter(attempt__in=by_attempt).values_list(
        "attempt_id", "receipt__state", "receipt_id"
    )
    for attempt_id, state, receipt in matches.order_by("receipt_id"):
        by_attempt[attempt_id].said.append(ReceiptState(state))
        by_attempt[attempt_id].receipts.append(receipt)
    return found


def _together(tries: list[Tried]) -> list[Tried]:
    """The newest attempt, and those whose reference it shares."""
    reference = tries[-1].attempt.reference
    return [one for one in tries if one.attempt.reference == reference]


def _write_down(delivery: Delivery, tries: list[Tried]) -> bool:
    """Rows that follow from the receipts: bounces, and that what was in doubt was taken."""
    written = False
    for one in tries:
        shared = [other for other in tries if other.attempt.reference == one.attempt.reference]
        said = {state for other in shared for state in other.said}
        if not said:
            continue
        receipts = sorted(number for other in shared for number in other.receipts)
        if one.is_doubtful and Kind.TAKEN not in one.kinds and receipts:
            one.resolutions.append(
                Resolution.record(
                    delivery=delivery,
                    attempt=one.attempt,
                    kind=Kind.TAKEN,
                    answer={"receipts": receipts},
                )
            )
            written = True
        if ReceiptState.FAILED_FOR_GOOD in said and not one.is_refused and not one.bounced:
            write_bounce(one.attempt, reason="", answer={"receipts": receipts})
            one.bounced = written = True
    return written


def write_bounce(
    attempt: Attempt, *, reason: str, answer: dict[str, Any], reported_by: User | None = None
) -> Bounce:
    """The one place where it is written that a message came back."""
    return Bounce.record(attempt=attempt, reason=reason, answer=answer, reported_by=reported_by)


def _goal(delivery: Delivery, tries: list[Tried]) -> str | None:
    """The state that follows; None: it stays where it is."""
    newest = tries[-1]
    said = highest(state for one in _together(tries) for state in one.said)
    if said is None:
        # Of an earlier attempt that was given up too soon only its arrival counts.
        earlier = {state for one in tries for state in one.said}
        said = highest(earlier & ARRIVED)
    if said is None:
        return None
    if said not in ARRIVED:
        if newest.is_refused:
            return None
        waits = delivery.state in (State.PENDING, State.RETRYING)
        if waits and (newest.is_let_go or said is ReceiptState.FAILED_FOR_NOW):
            return None
    return AFTER[said]


def _move(delivery: Delivery, goal: str, at: datetime) -> int:
    if delivery.state == goal:
        return 0
    delivery.state = State(goal)
    fields: dict[str, Any] = {"state": goal, "lease_until": None}
    if goal != State.ACCEPTED:
        fields["ask_at"] = None
    Delivery.objects.filter(pk=delivery.pk).update(**fields)
    return 1


def _fail(delivery: Delivery, tries: list[Tried]) -> bool:
    """An address that failed for good is part of the best efforts (clause 1.3)."""
    if any(one.stands for one in tries) or not any(one.bounced for one in tries):
        return False
    # There already when the address was refused before and tried again.
    _failure, created = Failure.objects.get_or_create(
        delivery=delivery, defaults={"cause": Failure.Cause.BOUNCED}
    )
    return created


# --- letters -----------------------------------------------------------------------------


@transaction.atomic
def settle_letters(letters: Collection[int], *, at: datetime) -> int:
    """The same for deliveries of letters, which keep no attempts; how many moved."""
    locked = (
        LetterDelivery.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=letters)
        .exclude(state=LetterDelivery.State.SENDING)
        .order_by("pk")
    )
    said: dict[int, list[ReceiptState]] = defaultdict(list)
    rows = ReceiptMatch.objects.filter(letter__in=letters)
    for letter, state in rows.values_list("letter_id", "receipt__state"):
        said[letter].append(ReceiptState(state))
    moved = 0
    for delivery in locked:
        most = highest(said[delivery.pk])
        unsent = delivery.state in (delivery.State.PENDING, delivery.State.RETRYING)
        if most is None or (unsent and most not in ARRIVED) or delivery.state == AFTER[most]:
            continue
        delivery.state = LetterDelivery.State(AFTER[most])
        delivery.settled_at = delivery.settled_at or at
        if delivery.state != delivery.State.ACCEPTED:
            delivery.ask_at = None
        delivery.save(update_fields=["state", "settled_at", "ask_at"])
        moved += 1
    return moved
