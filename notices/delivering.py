"""Claim, write the attempt, call the provider, write the outcome.

A delivery is claimed in its own short transaction (`SKIP LOCKED`, so workers never wait
for each other), which also writes the attempt. The provider is called with no
transaction open. Then the outcome is written; the fence of the claim refuses one that
comes from a worker whose lease ran out meanwhile. What was attempted and never answered
for is `unknown`, not pending: it may have arrived, and is not sent twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from common.clock import now
from common.sms import Submission, Verdict
from notices.channels import SENDERS, Outgoing, Sender
from notices.models import Attempt, Delivery, Outcome, ServiceChange

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


def send_claimed(sender: Sender, claimed: Sequence[Claimed]) -> list[Submission]:
    """Hands a claimed batch to the provider. No transaction may be open."""
    return sender.send(
        [
            Outgoing(
                reference=str(claim.attempt.pk),
                address=claim.delivery.address,
                subject=claim.delivery.body.subject,
                body=claim.delivery.body.body,
                template=str(claim.delivery.template),
                language=claim.delivery.template.language,
            )
            for claim in claimed
        ]
    )


def settle(claimed: Sequence[Claimed], answers: Sequence[Submission], *, at: datetime) -> int:
    """Records what the provider answered. Returns how many deliveries it settled.

    The outcome is always kept; the delivery moves only if this worker's claim still
    stands.
    """
    settled = 0
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
        for claim, answer in zip(claimed, answers, strict=True):
            state, not_before = _next(claim.delivery, answer.verdict, at)
            settled += Delivery.objects.filter(
                pk=claim.delivery.pk, fence=claim.delivery.fence, state=State.SENDING
            ).update(state=state, lease_until=None, not_before=not_before)
    return settled


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
    sender = SENDERS[channel]()
    claimed = claim(channel, provider=sender.provider, at=at)
    if claimed:
        settle(claimed, send_claimed(sender, claimed), at=now())
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


def cancel_unsent(change: ServiceChange) -> int:
    """Stops what has not been sent about a change; the number of deliveries stopped."""
    return (
        Delivery.objects.of_change(change)
        .filter(state__in=[State.PENDING, State.RETRYING])
        .update(state=State.CANCELLED)
    )
