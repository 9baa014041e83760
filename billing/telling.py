"""Telling people about their money: an inbox message each, e-mail and SMS.

A message is written with its deliveries in one transaction, so each person is told once of
an occasion. A delivery is claimed, committed as being sent, handed to the provider with no
transaction open, and settled: what was never answered for is `unknown` and not sent twice.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from billing.message_texts import text_for
from billing.models import MoneyDelivery, MoneyMessage, Occasion
from billing.roles import ACTING_ROLES
from common.clock import now
from common.sms import Submission, Verdict
from notices.channels import SENDERS, Outgoing
from notices.delivering import BATCH, LEASE, RETRY_AFTER

State = MoneyDelivery.State


@transaction.atomic
def write_messages(*, at: datetime, most: int = 200) -> int:
    """Writes the messages of up to `most` occasions nobody was told of yet; the number of
    occasions. One that concerns nobody, for want of members, is settled too."""
    occasions = list(
        Occasion.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(told_at=None)
        .select_related("account", "lot", "application__asked_by", "application__clause")
        .order_by("pk")[:most]
    )
    messages = [
        _message(occasion, person) for occasion in occasions for person in _concerned(occasion)
    ]
    MoneyMessage.objects.bulk_create(messages)
    MoneyDelivery.objects.bulk_create(
        [delivery for message in messages for delivery in _deliveries(message, at=at)]
    )
    Occasion.objects.filter(pk__in=[one.pk for one in occasions]).update(told_at=at)
    return len(occasions)


def _concerned(occasion: Occasion) -> list[User]:
    """Those who look after the account's money; of an answer to a refund application whoever
    made it, as long as they are one of them."""
    looking_after = occasion.account.memberships.filter(role__in=ACTING_ROLES, user__is_active=True)
    people = [one.user for one in looking_after.select_related("user").order_by("pk")]
    applicant = occasion.application.asked_by if occasion.application else None
    return [applicant] if applicant in people else people


def _message(occasion: Occasion, person: User) -> MoneyMessage:
    text = text_for(occasion, person)
    return MoneyMessage(
        occasion=occasion,
        recipient=person,
        language=person.language,
        subject=text.subject,
        body=text.body,
        sms=text.sms,
    )


def _deliveries(message: MoneyMessage, *, at: datetime) -> Iterator[MoneyDelivery]:
    person = message.recipient
    if person.contact_email and person.contact_email_verified_at:
        yield MoneyDelivery(
            message=message, channel="email", address=person.contact_email, not_before=at
        )
    if person.phone:
        yield MoneyDelivery(message=message, channel="sms", address=person.phone, not_before=at)


def send_due(*, at: datetime) -> int:
    """Sends one batch of each channel; how many deliveries that were."""
    sent = 0
    for channel in ("email", "sms"):
        claimed = _claim(channel, at=at)
        if claimed:
            answers = SENDERS[channel]().send([_outgoing(one) for one in claimed])
            _settle(claimed, answers, at=now())
        sent += len(claimed)
    return sent


@transaction.atomic
def _claim(channel: str, *, at: datetime) -> list[MoneyDelivery]:
    due = list(
        MoneyDelivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(channel=channel, state__in=[State.PENDING, State.RETRYING], not_before__lte=at)
        .select_related("message__occasion")
        .order_by("not_before", "pk")[:BATCH]
    )
    for delivery in due:
        delivery.state, delivery.lease_until = State.SENDING, at + LEASE
        delivery.tries += 1
        delivery.reference = uuid4()
    MoneyDelivery.objects.bulk_update(due, ["state", "lease_until", "tries", "reference"])
    return due


def _outgoing(delivery: MoneyDelivery) -> Outgoing:
    message = delivery.message
    return Outgoing(
        reference=str(delivery.reference),
        address=delivery.address,
        subject=message.subject,
        body=message.body if delivery.channel == "email" else message.sms,
        template=f"billing.{message.occasion.kind}",
        language=message.language,
    )


def _settle(
    claimed: Sequence[MoneyDelivery], answers: Sequence[Submission], *, at: datetime
) -> None:
    for delivery, answer in zip(claimed, answers, strict=True):
        state, not_before = _next(delivery, answer.verdict, at)
        # Nothing if the lease ran out meanwhile and it was given up.
        MoneyDelivery.objects.filter(
            pk=delivery.pk, reference=delivery.reference, state=State.SENDING
        ).update(
            state=state,
            not_before=not_before,
            lease_until=None,
            settled_at=None if state == State.RETRYING else at,
            provider_reference=answer.provider_reference[:200],
            answer=answer.answer,
        )


def _next(delivery: MoneyDelivery, verdict: Verdict, at: datetime) -> tuple[str, datetime]:
    """The state that follows an answer, and the earliest moment of a next try."""
    if verdict is Verdict.ACCEPTED:
        return State.ACCEPTED, delivery.not_before
    if verdict is Verdict.AMBIGUOUS:
        return State.UNKNOWN, delivery.not_before
    if verdict is Verdict.REJECTED_FOR_NOW and delivery.tries <= len(RETRY_AFTER):
        return State.RETRYING, at + RETRY_AFTER[delivery.tries - 1]
    return State.FAILED, delivery.not_before


def give_up_abandoned(*, at: datetime) -> int:
    """Deliveries whose worker vanished become `unknown`; the number of them."""
    return MoneyDelivery.objects.filter(state=State.SENDING, lease_until__lt=at).update(
        state=State.UNKNOWN, lease_until=None, settled_at=at
    )
