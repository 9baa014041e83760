"""A person's messages about money: in the inbox, newest first, and read by opening them."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.phone_numbers import mask_email, mask_phone
from billing.models import MoneyMessage, MoneyReading
from billing.models.alerts import MoneyMessageQuerySet


@dataclass(frozen=True)
class Way:
    """One way a person was told; `address` is masked, `reference` is the provider's try."""

    channel: str | Promise
    address: str
    state: str | Promise
    settled: bool
    at: datetime | None
    reference: str


def of(user: User) -> MoneyMessageQuerySet:
    """This person's messages, newest first."""
    return MoneyMessage.objects.of(user)


def unread(user: User) -> int:
    """How many of them were never opened."""
    return of(user).unread().count()


def read(*, message: MoneyMessage, reader: User) -> bool:
    """Records that its recipient opened the message; False when they had before, and for
    anybody else."""
    if reader.pk != message.recipient_id or MoneyReading.objects.filter(message=message).exists():
        return False
    MoneyReading.objects.bulk_create([MoneyReading(message=message)], ignore_conflicts=True)
    return True


@transaction.atomic
def read_all(user: User) -> int:
    """Records every unread message of this person as read; the number of them."""
    waiting = list(of(user).unread())
    MoneyReading.objects.bulk_create(
        [MoneyReading(message=one) for one in waiting], ignore_conflicts=True
    )
    return len(waiting)


def ways_told(message: MoneyMessage) -> list[Way]:
    """How and when this person was told: in the inbox, then by what was also sent."""
    inbox = Way(
        channel=_("Inbox"),
        address="",
        state="",
        settled=True,
        at=message.recorded_at,
        reference=message.public_id,
    )
    return [
        inbox,
        *[
            Way(
                channel=one.get_channel_display(),
                address=(mask_email if one.channel == "email" else mask_phone)(one.address),
                state=one.get_state_display(),
                settled=one.state == one.State.ACCEPTED,
                at=one.settled_at,
                reference=str(one.reference) if one.tries else "",
            )
            for one in message.deliveries.order_by("channel")
        ],
    ]
