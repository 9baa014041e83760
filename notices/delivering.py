"""Claim, write the attempt, call the provider, write the outcome.

A delivery is claimed in its own short transaction (`SKIP LOCKED`, so workers never wait
for each other), which also writes the attempt. The provider is called with no
transaction open. Then the outcome is written; the fence of the claim refuses one that
comes from a worker whose lease ran out meanwhile. What was attempted and never answered
for is `unknown`, not pending: it may have arrived, and is not sent twice unless its provider
says that it never had it (`notices.doubts`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from common import prepared
from common.arrays import array
from common.clock import now
from common.messaging import Message, Submission, Verdict, configured
from common.messaging.one_by_one import not_tried
from common.wakeups import wake
from notices import (
    channels,
    doubts,
    due,
    evidence_in_sets,
    provider_limits,
    routing,
    side_by_side,
    whereabouts,
)
from notices.due import Due
from notices.evidence_in_sets import NewAttempt
from notices.exceptions import WrongState
from notices.house_rules import HouseRules
from notices.models import (
    Attempt,
    Bounce,
    Delivery,
    Failure,
    Outcome,
    ServiceChange,
)
from notices.routing import Route

BATCH = 100
SOON = timedelta(seconds=2)
QUICK = 5.0  # seconds for a batch, behind which the next one may wait
LEASE = timedelta(minutes=5)  # several times what a batch takes on a slow provider
# How long after each refusal for now the next try comes; after the last it has failed.
RETRY_AFTER = [timedelta(seconds=30)] + [
    timedelta(minutes=minutes) for minutes in (2, 10, 30, 60, 120, 240, 480)
]

State = Delivery.State
CAN_COME_BACK = (*Delivery.TAKEN, State.UNKNOWN, State.EXPIRED)


@dataclass(slots=True)
class Claimed:
    """A delivery this worker may send, the attempt that says so, and how it goes."""

    delivery: Due
    attempt: NewAttempt
    route: Route


@dataclass(frozen=True)
class Batch:
    """What was claimed, of `due` deliveries; the others were set aside. `since` is the moment
    of the claim by this machine's own clock, which goes on while a process is frozen."""

    due: int
    claimed: list[Claimed]
    since: float


_CLAIM = """
UPDATE notices_delivery SET state = 'sending', lease_until = %s, fence = fence + 1,
    tries = tries + 1, ask_at = NULL, asks = 0
WHERE id = ANY(%s::bigint[])
"""


def claim(channel: str, *, at: datetime) -> Batch:
    """Takes up to `BATCH` due deliveries of a channel, asks which way each goes, and writes
    the attempts of those that go now."""
    since = monotonic()
    with transaction.atomic():
        found = due.lock(channel, at=at, most=BATCH)
        chosen = routing.choose(found, at=at)
        routing.set_aside(found, chosen, at=at)
        going = [(one, route) for one in found if isinstance(route := chosen[one.pk], Route)]
        repeated = doubts.to_repeat([one for one, _route in going])
        claimed = [_claimed(one, route, repeated.get(one.pk)) for one, route in going]
        if claimed:
            prepared.run(_CLAIM, (at + LEASE, array([one.pk for one, _route in going])))
        evidence_in_sets.write_attempts([one.attempt for one in claimed])
    return Batch(len(found), claimed, since)


def _claimed(delivery: Due, route: Route, before: Attempt | None) -> Claimed:
    """`before` is the attempt that this one repeats, if its provider still carries it."""
    repeats = before if before is not None and before.provider == route.provider else None
    delivery.fence += 1
    delivery.tries += 1
    attempt = NewAttempt(
        delivery_id=delivery.pk,
        provider=route.provider,
        fence=delivery.fence,
        repeats_id=repeats.reference if repeats else None,
        provider_template=route.provider_template,
        params=dict(route.params),
    )
    return Claimed(delivery, attempt, route)


def send_claimed(batch: Batch) -> list[Submission]:
    """Hands a claimed batch to its providers; answers in the order of the claims. No
    transaction may be open.

    A worker that was stopped since it claimed, so long that others may take its deliveries
    for abandoned, hands over nothing any more.
    """
    answers: dict[Any, Submission] = {}
    named = {one.delivery.template_id: one.delivery.template for one in batch.claimed}
    texts = {pk: str(template) for pk, template in named.items()}
    for name in dict.fromkeys(one.route.provider for one in batch.claimed):
        some = [one for one in batch.claimed if one.route.provider == name]
        messages = [_message(one, texts[one.delivery.template_id]) for one in some]
        if monotonic() - batch.since > LEASE.total_seconds() / 2:
            said = [not_tried(message.reference) for message in messages]
        else:
            said = channels.send(configured.get(name), messages)
        answers |= {one.attempt.pk: each for one, each in zip(some, said, strict=True)}
    return [answers[one.attempt.pk] for one in batch.claimed]


def _message(claim: Claimed, text: str) -> Message:
    return channels.write(
        claim.delivery.channel,
        reference=claim.attempt.reference,
        address=claim.delivery.address,
        subject=claim.delivery.body.subject,
        body=claim.delivery.body.body,
        template=text,
        language=claim.delivery.template.language,
        provider_template=claim.route.provider_template,
        params=dict(claim.route.params),
    )


# One statement, whatever the size of the batch: the counts by state are then moved once.
# Locked in one order, so that receipts of the same deliveries wait and do not clash. The state
# is compared so that no index of it is: statistics know of no row that is being sent, and a plan
# made by them compares each of the batch with each that is.
_MOVE = """
WITH mine AS MATERIALIZED (
    SELECT delivery.id, said.state, coalesce(said.again_at, delivery.not_before) AS not_before,
        said.ask_at
    FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::timestamptz[], %s::timestamptz[])
        AS said (id, fence, state, again_at, ask_at)
    JOIN notices_delivery delivery ON delivery.id = said.id
    WHERE delivery.fence = said.fence AND delivery.state || '' = 'sending'
    ORDER BY delivery.id FOR NO KEY UPDATE OF delivery
)
UPDATE notices_delivery delivery
SET state = mine.state, lease_until = NULL, not_before = mine.not_before, ask_at = mine.ask_at
FROM mine WHERE delivery.id = mine.id
RETURNING delivery.id, delivery.state
"""


def settle(batch: Batch, answers: Sequence[Submission], *, at: datetime) -> int:
    """Records what the provider answered. Returns how many deliveries it settled.

    The outcome is always kept; the delivery moves only if this worker's claim still
    stands. What receipts said meanwhile counts from now on.
    """
    claimed = batch.claimed
    moves = [
        (claim.delivery.pk, claim.delivery.fence, *_next(claim, answer.verdict, at))
        for claim, answer in zip(claimed, answers, strict=True)
    ]
    with transaction.atomic():
        evidence_in_sets.write_outcomes([claim.attempt for claim in claimed], answers)
        moved = prepared.rows(_MOVE, tuple(map(array, zip(*moves, strict=True)))) if moves else []
        if failed := {pk for pk, state in moved if state == State.FAILED}:
            _write_down_failures(failed)
        _heed_early_receipts(claimed, at=at)
        if len(moved) < len(moves):
            _look_into_late(claimed, {pk for pk, _state in moved}, at=at)
    return len(moved)


def _look_into_late(claimed: Sequence[Claimed], moved: Collection[int], *, at: datetime) -> None:
    """What was given up meanwhile and is in doubt still has an answer now: it is looked into."""
    for claim in claimed:
        if claim.delivery.pk not in moved:
            Delivery.objects.filter(
                pk=claim.delivery.pk, fence=claim.attempt.fence, state=State.UNKNOWN
            ).update(ask_at=at)


_TOLD_OF = """
SELECT attempt.delivery_id
FROM unnest(%s::uuid[]) AS one (id)
JOIN notices_receiptmatch matched ON matched.attempt_id = one.id
JOIN notices_attempt attempt ON attempt.id = one.id
"""


def _heed_early_receipts(claimed: Sequence[Claimed], *, at: datetime) -> None:
    references = array([claim.attempt.reference for claim in claimed])
    told = {pk for (pk,) in prepared.rows(_TOLD_OF, (references,))}
    if told:
        whereabouts.settle(told, at=at)


def _write_down_failures(deliveries: Collection[int]) -> None:
    """An address that failed for good is part of the best efforts (clause 1.3)."""
    refused = set(
        Outcome.objects.filter(
            attempt__delivery__in=deliveries, verdict=Verdict.REJECTED_FOR_GOOD
        ).values_list("attempt__delivery_id", flat=True)
    )
    Failure.objects.bulk_create(
        [
            Failure(
                delivery_id=pk,
                cause=Failure.Cause.REFUSED if pk in refused else Failure.Cause.EXHAUSTED,
            )
            for pk in sorted(deliveries)
        ],
        ignore_conflicts=True,
    )


def _next(
    claim: Claimed, verdict: Verdict, at: datetime
) -> tuple[str, datetime | None, datetime | None]:
    """The state that follows an answer, the earliest moment of a next try if there is one, and
    when to ask what became of it."""
    delivery = claim.delivery
    if verdict is Verdict.ACCEPTED:
        return State.ACCEPTED, None, doubts.first_look(claim.attempt.provider, at)
    if verdict is Verdict.AMBIGUOUS:
        look = doubts.first_look(
            claim.attempt.provider, at, channel=delivery.channel, doubtful=True
        )
        return State.UNKNOWN, None, look
    if verdict is Verdict.REJECTED_FOR_NOW and delivery.tries <= len(RETRY_AFTER):
        return State.RETRYING, at + RETRY_AFTER[delivery.tries - 1], None
    return State.FAILED, None, None


def deliver_batch(channel: str, *, at: datetime) -> int:
    """Sends one batch of a channel; the number of deliveries that were due."""
    batch = claim(channel, at=at)
    if batch.claimed:
        settle(batch, send_claimed(batch), at=now())
    return batch.due


def deliver_all(channel: str, *, at_most: timedelta) -> tuple[int, bool]:
    """Sends until nothing of the channel is due; begins no batch after `at_most`.

    Returns the number of deliveries sent and whether there may be more.
    """
    begun, sent, quick = now(), 0, False
    while now() - begun < at_most:
        if quick and not connection.in_atomic_block and not HouseRules.now().limits:
            count, quick = _deliver_side_by_side(channel, until=begun + at_most), False
        else:
            since = monotonic()
            count = deliver_batch(channel, at=now())
            quick = monotonic() - since < QUICK
        if not count and not _waited_for_a_place(channel):
            return sent, False
        sent += count
    return sent, True


def _deliver_side_by_side(channel: str, *, until: datetime) -> int:
    """The same, with the next batch claimed and the last one settled while one is sent. The
    number of deliveries that were due.

    Ends as well when nothing is claimed ahead any more: behind a slow provider, which its answers
    would make out to be slower still, and under limits, which count by the moment of the claim.
    """
    count, took = 0, 0.0

    def claim_next() -> Batch | None:
        nonlocal count
        while took < QUICK and (at := now()) < until and not HouseRules.now().limits:
            batch = claim(channel, at=at)
            count += batch.due
            if batch.claimed:
                return batch
            if not batch.due:
                return None
        return None

    def send(batch: Batch) -> list[Submission]:
        nonlocal took
        since = monotonic()
        try:
            return send_claimed(batch)
        finally:
            took = monotonic() - since

    side_by_side.run(
        claim_next,
        send,
        lambda batch, answers: settle(batch, answers, at=now()),
        lambda batch: settle(batch, _not_begun(batch), at=now()),
    )
    return count


def _not_begun(batch: Batch) -> list[Submission]:
    """The answers to a batch that was claimed and never given to a provider."""
    return [not_tried(one.attempt.reference) for one in batch.claimed]


def _waited_for_a_place(channel: str) -> bool:
    """Waits for the next delivery that a provider's rate lets through, if that is soon."""
    place = provider_limits.next_place(channel, within=SOON, at=now())
    if place is None:
        return False
    sleep(max(0.0, (place - now()).total_seconds()))
    return True


def give_up_abandoned(*, at: datetime, most: int = 5_000) -> int:
    """Marks deliveries whose worker vanished as `unknown`, to be looked into at once; the
    number of them."""
    with transaction.atomic():
        # Never waiting for a worker that is settling after all, nor making it wait.
        vanished = list(
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .abandoned(at)
            .filter(attempts__fence=F("fence"), attempts__outcome=None)
            .order_by("pk")
            .values_list("pk", flat=True)[:most]
        )
        given_up = Delivery.objects.filter(pk__in=vanished).update(
            state=State.UNKNOWN, lease_until=None, ask_at=at
        )
        whereabouts.settle(vanished, at=at)
        return given_up


def cancel_some(change: ServiceChange, *, most: int = 20_000) -> int:
    """Stops up to `most` messages about a withdrawn change that have not been sent; the
    number stopped. Those a worker is sending now are passed over, and looked at again."""
    chosen = (
        Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        .cancellable()
        .of_change(change)
        .values("pk")[:most]
    )
    return Delivery.objects.filter(pk__in=chosen).update(state=State.CANCELLED)


@transaction.atomic
def record_bounce(
    *, attempt: Attempt, reason: str, answer: dict[str, Any], reported_by: User | None = None
) -> Bounce:
    """A message that was accepted came back. Its address counts as failed for good, so the
    gates of the accounts it was about are judged anew. A second report changes nothing.

    Raises `WrongState` for a message that was never accepted.
    """
    delivery = Delivery.objects.select_for_update().get(pk=attempt.delivery_id)
    there: Bounce | None = Bounce.objects.filter(attempt=attempt).first()
    if there is not None:
        return there
    if attempt.pk != _newest_attempt(delivery) or delivery.state not in CAN_COME_BACK:
        raise WrongState(_("Only a message that was accepted can come back."))
    bounce = whereabouts.write_bounce(
        attempt, reason=reason, answer=answer, reported_by=reported_by
    )
    whereabouts.settle([delivery.pk], at=now())
    wake("notices.reckon")
    return bounce


def _newest_attempt(delivery: Delivery) -> Any:
    newest = delivery.attempts.order_by("-fence").values_list("pk", flat=True)
    return newest.first()
