"""A person's inbox: what they were told, that they read it, and the proof of both."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise

from accounts.models import User
from accounts.phone_numbers import mask_email, mask_phone
from common.messaging import Verdict
from notices import letters, mailbox
from notices.models import (
    Announcement,
    Attempt,
    Channel,
    Delivery,
    Letter,
    Notice,
    Outcome,
    Reading,
    Resolution,
)


@dataclass(frozen=True)
class Sent:
    """One way a person was told: `address` is masked, `reference` names the attempt.

    `handed_over_at` is when the provider had accepted it, None while it has not.
    """

    channel: str | Promise
    address: str
    state: str | Promise
    settled: bool
    sent_at: datetime | None
    handed_over_at: datetime | None
    reference: str
    sha256: str


def read(*, notice: Notice, reader: User) -> bool:
    """Records that its recipient opened the notice; False when they had before.

    Somebody else's look leaves no trace.
    """
    if reader.pk != notice.recipient_id:
        return False
    mailbox.forget_unread(record=notice)
    if Reading.objects.filter(notice=notice).exists():
        return False
    # Two tabs at once: the second row is passed over by the database, which is fine.
    Reading.objects.bulk_create([Reading(notice=notice)], ignore_conflicts=True)
    return True


def unread(user: User) -> int:
    """How many messages of this person were never opened, notices and letters, or are
    marked unread again."""
    never = Notice.objects.of(user).unread().count() + letters.unread(user)
    return never + mailbox.kept_unread(user).count()


@transaction.atomic
def read_all(*, reader: User) -> int:
    """Records every unread message of this person as read; the number of them."""
    again, _by_model = mailbox.kept_unread(reader).delete()
    waiting = list(Notice.objects.of(reader).unread())
    Reading.objects.bulk_create([Reading(notice=one) for one in waiting], ignore_conflicts=True)
    return len(waiting) + letters.read_all(reader) + again


def text_of(record: Notice | Letter) -> bytes:
    """What was hashed of a message: its subject, a line break and its text, in UTF-8."""
    words = record.body if isinstance(record, Notice) else record
    return f"{words.subject}\n{words.body}".encode()


def sha256_of(record: Notice | Letter) -> str:
    """In hex, of `text_of`; of a notice it was written down when it was sent."""
    return hashlib.sha256(text_of(record)).hexdigest()


def ways_told(notice: Notice) -> list[Sent]:
    """How and when this person was told, in the order of clause 1.3."""
    return [*_announced(notice), _in_the_inbox(notice), *_sent(notice)]


def _announced(notice: Notice) -> list[Sent]:
    announcement = Announcement.objects.filter(expansion_id=notice.expansion_id).first()
    if announcement is None:
        return []
    return [
        Sent(
            channel=Channel.ANNOUNCEMENT.label,
            address="",
            state="",
            settled=True,
            sent_at=announcement.recorded_at,
            handed_over_at=announcement.recorded_at,
            reference=announcement.public_id,
            sha256=announcement.body_in(notice.language).sha256,
        )
    ]


def _in_the_inbox(notice: Notice) -> Sent:
    return Sent(
        channel=Channel.INBOX.label,
        address="",
        state="",
        settled=True,
        sent_at=notice.recorded_at,
        handed_over_at=notice.recorded_at,
        reference=notice.public_id,
        sha256=notice.body_id,
    )


def _sent(notice: Notice) -> list[Sent]:
    deliveries = notice.deliveries.order_by("channel").prefetch_related(
        "attempts__outcome", "attempts__resolutions"
    )
    return [_delivery(one) for one in deliveries]


def _delivery(delivery: Delivery) -> Sent:
    """By its last attempt, which is the one that settled it."""
    mask = mask_email if delivery.channel == Channel.EMAIL else mask_phone
    attempts = sorted(delivery.attempts.all(), key=lambda one: one.recorded_at)
    last = attempts[-1] if attempts else None
    accepted = delivery.state in Delivery.TAKEN
    return Sent(
        channel=delivery.get_channel_display(),
        address=mask(delivery.address),
        state=delivery.get_state_display(),
        settled=accepted,
        sent_at=last.recorded_at if last else None,
        handed_over_at=_handed_over_at(last) if accepted and last else None,
        reference=str(last.pk) if last else "",
        sha256=delivery.body_id,
    )


def _handed_over_at(attempt: Attempt) -> datetime | None:
    """When the provider said that it had taken it, then or when it was asked."""
    outcome: Outcome | None = getattr(attempt, "outcome", None)
    taken = [one for one in attempt.resolutions.all() if one.kind == Resolution.Kind.TAKEN]
    said: Outcome | Resolution | None = (
        outcome if outcome and outcome.verdict == Verdict.ACCEPTED else next(iter(taken), None)
    )
    moment: datetime | None = said.recorded_at if said else None
    return moment
