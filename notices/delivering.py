"""Claim, write the attempt, call the provider, write the outcome.

A delivery is claimed in its own short transaction (`SKIP LOCKED`, so workers never wait
for each other), which also writes the attempt. The provider is called with no
transaction open. Then the outcome is written; the fence of the claim refuses one that
comes from a worker whose lease ran out meanwhile. What was attempted and never answered
for is `unknown`, not pending: it may have arrived, and is not sent twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import User
from common.clock import now
from common.messaging import Provider, Submission, Verdict, configured
from common.wakeups import wake
from notices import channels, routing, suppressions
from notices.exceptions import WrongState
from notices.models import (
    Attempt,
    Bounce,
    Delivery,
    Failure,
    Outcome,
    Phase,
    ServiceChange,
    Suppression,
)

BATCH = 50
LEASE = timedelta(minutes=5)  # several times what a batch takes on a slow provider
# How long after each refusal for now the next try comes; after the last it has failed.
RETRY_AFTER = [timedelta(seconds=30)] + [
    timedelta(minutes=minutes) for minutes in (2, 10, 30, 60, 120, 240, 480)
]

State = Delivery.State


@dataclass(frozen=True)
class Claimed:
    """A delivery this worker may send, and the attempt that says so."""

    delivery: Delivery
    attempt: Attempt


def claim(channel: str, *, provider: str, at: datetime) -> list[Claimed]:
    """Takes up to `BATCH` due deliveries of a channel and writes their attempts."""
    with transaction.atomic():
        due = list(
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .due(at)
            .filter(channel=channel)
            # What is called off is not sent any more, even before it has been cancelled.
            .exclude(
                Q(expansion__change__state=ServiceChange.State.WITHDRAWN)
                & ~Q(expansion__phase=Phase.WITHDRAWN)
            )
            .select_related("body", "template")
            .order_by("not_before", "pk")[:BATCH]
        )
        Delivery.objects.filter(pk__in=[delivery.pk for delivery in due]).update(
            state=State.SENDING,
            lease_until=at + LEASE,
            fence=F("fence") + 1,
            tries=F("tries") + 1,
        )
        for delivery in due:
            delivery.fence += 1
            delivery.tries += 1
        attempts = Attempt.objects.bulk_create(
            [
                Attempt(delivery=delivery, provider=provider, fence=delivery.fence)
                for delivery in due
            ]
        )
    return [Claimed(*pair) for pair in zip(due, attempts, strict=True)]


def send_claimed(provider: Provider, claimed: Sequence[Claimed]) -> list[Submission]:
    """Hands a claimed batch to the provider. No transaction may be open."""
    return channels.send(
        provider,
        [
            channels.write(
                claim.delivery.channel,
                reference=str(claim.attempt.pk),
                address=claim.delivery.address,
                subject=claim.delivery.body.subject,
                body=claim.delivery.body.body,
                template=str(claim.delivery.template),
                language=claim.delivery.template.language,
            )
            for claim in claimed
        ],
    )


# One statement, whatever the size of the batch: the counts by state are then moved once.
_MOVE = """
UPDATE notices_delivery delivery
SET state = said.state, lease_until = NULL, not_before = said.not_before
FROM unnest(%(ids)s::bigint[], %(fences)s::int[], %(states)s::text[],
            %(moments)s::timestamptz[]) AS said (id, fence, state, not_before)
WHERE delivery.id = said.id AND delivery.fence = said.fence AND delivery.state = 'sending'
RETURNING delivery.id, delivery.state
"""


def settle(claimed: Sequence[Claimed], answers: Sequence[Submission], *, at: datetime) -> int:
    """Records what the provider answered. Returns how many deliveries it settled.

    The outcome is always kept; the delivery moves only if this worker's claim still
    stands.
    """
    moves = [
        (claim.delivery, *_next(claim.delivery, answer.verdict, at))
        for claim, answer in zip(claimed, answers, strict=True)
    ]
    with transaction.atomic():
        Outcome.objects.bulk_create(
            [
                Outcome(
                    attempt=claim.attempt,
                    verdict=answer.verdict,
                    provider_reference=answer.provider_reference,
                    answer=answer.answer,
                )
                for claim, answer in zip(claimed, answers, strict=True)
            ]
        )
        with connection.cursor() as cursor:
            cursor.execute(
                _MOVE,
                {
                    "ids": [delivery.pk for delivery, _state, _moment in moves],
                    "fences": [delivery.fence for delivery, _state, _moment in moves],
                    "states": [str(state) for _delivery, state, _moment in moves],
                    "moments": [moment for _delivery, _state, moment in moves],
                },
            )
            moved = cursor.fetchall()
        _write_down_failures({pk for pk, state in moved if state == State.FAILED})
    return len(moved)


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


def _next(delivery: Delivery, verdict: Verdict, at: datetime) -> tuple[str, datetime]:
    """The state that follows an answer, and the earliest moment of a next try."""
    if verdict is Verdict.ACCEPTED:
        return State.ACCEPTED, delivery.not_before
    if verdict is Verdict.AMBIGUOUS:
        return State.UNKNOWN, delivery.not_before
    if verdict is Verdict.REJECTED_FOR_NOW and delivery.tries <= len(RETRY_AFTER):
        return State.RETRYING, at + RETRY_AFTER[delivery.tries - 1]
    return State.FAILED, delivery.not_before


def deliver_batch(channel: str, *, at: datetime) -> int:
    """Sends one batch of a channel; the number of deliveries it claimed."""
    provider = configured.preferred(channel)
    claimed = claim(channel, provider=provider.name, at=at)
    if claimed:
        settle(claimed, send_claimed(provider, claimed), at=now())
    return len(claimed)


def deliver_all(channel: str, *, at_most: timedelta) -> tuple[int, bool]:
    """Sends until nothing of the channel is due; begins no batch after `at_most`.

    Returns the number of deliveries sent and whether there may be more.
    """
    begun, sent = now(), 0
    while now() - begun < at_most:
        count = deliver_batch(channel, at=now())
        if not count:
            return sent, False
        sent += count
    return sent, True


def give_up_abandoned(*, at: datetime) -> int:
    """Marks deliveries whose worker vanished as `unknown`; the number of them."""
    with transaction.atomic():
        # Never waiting for a worker that is settling after all, nor making it wait.
        vanished = list(
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .abandoned(at)
            .filter(attempts__fence=F("fence"), attempts__outcome=None)
            .values_list("pk", flat=True)
        )
        return Delivery.objects.filter(pk__in=vanished).update(
            state=State.UNKNOWN, lease_until=None
        )


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
    if attempt.pk != _newest_attempt(delivery) or delivery.state not in (
        State.ACCEPTED,
        State.UNKNOWN,
    ):
        raise WrongState(_("Only a message that was accepted can come back."))
    bounce = Bounce.record(attempt=attempt, reason=reason, answer=answer, reported_by=reported_by)
    Delivery.objects.filter(pk=delivery.pk).update(state=State.FAILED)
    # There already when the address was refused before and tried again.
    Failure.objects.get_or_create(delivery=delivery, defaults={"cause": Failure.Cause.BOUNCED})
    suppressions.note(attempt=attempt, source=Suppression.Source.HARD_BOUNCE, reason=bounce.reason)
    wake("notices.reckon")
    return bounce


def _newest_attempt(delivery: Delivery) -> Any:
    newest = delivery.attempts.order_by("-fence").values_list("pk", flat=True)
    return newest.first()
