"""How letters leave the house: claimed, committed as being sent, handed over, settled.

The provider is called with no transaction open. What was claimed and never answered for
is `unknown`: it may have arrived, and is not sent twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import Q

from common.clock import now
from common.exceptions import CannotDecrypt
from common.messaging import Message, Submission, Verdict, configured
from notices import channels, doubts, routing, suppressions, whereabouts
from notices.delivering import BATCH, LEASE, RETRY_AFTER
from notices.letters import address_of
from notices.models import Channel, LetterDelivery, ReceiptMatch

State = LetterDelivery.State


def due(at: datetime) -> Q:
    """Deliveries that may be sent at `at`."""
    return Q(state__in=[State.PENDING, State.RETRYING], not_before__lte=at)


def send_all(*, at_most: timedelta) -> tuple[int, bool]:
    """Sends until nothing is due; begins no round after `at_most`. The number of deliveries
    sent, and whether there may be more."""
    begun, sent = now(), 0
    while now() - begun < at_most:
        count = send_due(at=now())
        if not count:
            return sent, False
        sent += count
    return sent, True


def send_due(*, at: datetime) -> int:
    """Sends one batch of each channel; how many deliveries that were."""
    return sum(_send_batch(channel, at=at) for channel in (Channel.EMAIL, Channel.SMS))


def _send_batch(channel: str, *, at: datetime) -> int:
    name = routing.provider_of_letters(channel)
    if name is None:
        return 0
    provider = configured.get(name)
    claimed = _claim(channel, provider=provider.name, at=at)
    readable, answered = [], []
    for delivery in claimed:
        try:
            readable.append((delivery, _message(delivery)))
        except CannotDecrypt as error:
            # Its key is missing: tried again, as it may be put back.
            answered.append((delivery, _not_read(delivery, error)))
    stopped = _stopped(channel, readable)
    answered += [(one, _not_sent(one)) for one, _message in readable if one.pk in stopped]
    going = [(one, message) for one, message in readable if one.pk not in stopped]
    if going:
        answers = channels.send(provider, [message for _delivery, message in going])
        answered += [(one, said) for (one, _m), said in zip(going, answers, strict=True)]
    _settle(answered, at=now())
    return len(claimed)


@transaction.atomic
def _claim(channel: str, *, provider: str, at: datetime) -> list[LetterDelivery]:
    found = list(
        LetterDelivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(due(at), channel=channel)
        .select_related("letter__recipient")
        .order_by("not_before", "pk")[:BATCH]
    )
    for delivery in found:
        delivery.state, delivery.lease_until = State.SENDING, at + LEASE
        delivery.tries += 1
        delivery.reference, delivery.provider = uuid4(), provider
        delivery.ask_at, delivery.asks = None, 0
    LetterDelivery.objects.bulk_update(
        found, ["state", "lease_until", "tries", "reference", "provider", "ask_at", "asks"]
    )
    return found


def _message(delivery: LetterDelivery) -> Message:
    letter = delivery.letter
    return channels.write(
        delivery.channel,
        reference=str(delivery.reference),
        address=address_of(delivery),
        subject=letter.subject,
        body=letter.body if delivery.channel == Channel.EMAIL else letter.sms,
        template=letter.kind,
        language=letter.language,
    )


def _stopped(channel: str, readable: Sequence[tuple[LetterDelivery, Message]]) -> set[int]:
    """The primary keys of those whose address is suppressed; the letter stays in the inbox."""
    verified = {
        message.address: _verified_at(delivery, message.address) for delivery, message in readable
    }
    addresses = suppressions.stopped(channel, verified)
    return {delivery.pk for delivery, message in readable if message.address in addresses}


def _verified_at(delivery: LetterDelivery, address: str) -> datetime | None:
    person = delivery.letter.recipient
    if person is not None and address == person.contact_email:
        return person.contact_email_verified_at
    if person is not None and address == person.phone:
        return person.phone_verified_at
    return None


def _not_sent(delivery: LetterDelivery) -> Submission:
    return Submission(
        reference=str(delivery.reference),
        verdict=Verdict.REJECTED_FOR_GOOD,
        answer={"error": "suppressed"},
    )


def _not_read(delivery: LetterDelivery, error: CannotDecrypt) -> Submission:
    return Submission(
        reference=str(delivery.reference),
        verdict=Verdict.REJECTED_FOR_NOW,
        answer={"error": type(error).__name__},
    )


def _settle(answered: Sequence[tuple[LetterDelivery, Submission]], *, at: datetime) -> None:
    for delivery, answer in answered:
        state, not_before = _next(delivery, answer.verdict, at)
        # Nothing if the lease ran out meanwhile and it was given up.
        LetterDelivery.objects.filter(
            pk=delivery.pk, reference=delivery.reference, state=State.SENDING
        ).update(
            state=state,
            not_before=not_before,
            lease_until=None,
            ask_at=_first_look(delivery, answer.verdict, at),
            settled_at=None if state == State.RETRYING else at,
            provider_reference=answer.provider_reference[:200],
            answer=answer.answer,
        )
    early = ReceiptMatch.objects.filter(letter__in=[delivery for delivery, _a in answered])
    told = set(early.values_list("letter_id", flat=True))
    if told:
        whereabouts.settle_letters(told, at=at)


def _next(delivery: LetterDelivery, verdict: Verdict, at: datetime) -> tuple[str, datetime]:
    """The state that follows an answer, and the earliest moment of a next try."""
    if verdict is Verdict.ACCEPTED:
        return State.ACCEPTED, delivery.not_before
    if verdict is Verdict.AMBIGUOUS:
        return State.UNKNOWN, delivery.not_before
    if verdict is Verdict.REJECTED_FOR_NOW and delivery.tries <= len(RETRY_AFTER):
        return State.RETRYING, at + RETRY_AFTER[delivery.tries - 1]
    return State.FAILED, delivery.not_before


def _first_look(delivery: LetterDelivery, verdict: Verdict, at: datetime) -> datetime | None:
    if verdict not in (Verdict.ACCEPTED, Verdict.AMBIGUOUS):
        return None
    doubtful = verdict is Verdict.AMBIGUOUS
    return doubts.first_look(delivery.provider, at, doubtful=doubtful)


def give_up_abandoned(*, at: datetime) -> int:
    """Deliveries whose worker vanished become `unknown`, to be looked into at once; the
    number of them."""
    with transaction.atomic():
        vanished = list(
            LetterDelivery.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(state=State.SENDING, lease_until__lt=at)
            .values_list("pk", flat=True)
        )
        given_up = LetterDelivery.objects.filter(pk__in=vanished).update(
            state=State.UNKNOWN, lease_until=None, settled_at=at, ask_at=at
        )
        whereabouts.settle_letters(vanished, at=at)
        return given_up
