"""Where a person can be reached, and whether what went there arrived (clause 1.3)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from accounts.models import User
from notices.models import Bounce, Channel, Delivery, Failure


class Standing(StrEnum):
    WORKS = "works"
    UNTRIED = "untried"
    UNVERIFIED = "unverified"
    CAME_BACK = "came_back"
    MISSING = "missing"


@dataclass(frozen=True)
class Address:
    """One way to reach somebody. `at` is when it last worked, or when a message came back."""

    channel: Channel
    shown: str
    standing: Standing
    at: datetime | None = None


def addresses_of(user: User) -> list[Address]:
    """Phone and e-mail of this person, masked, with how the newest notice there fared."""
    return [
        _standing(user, Channel.SMS, user.phone, user.masked_phone, verified=True),
        _standing(
            user,
            Channel.EMAIL,
            user.contact_email,
            user.masked_email,
            verified=user.contact_email_verified_at is not None,
        ),
    ]


def _standing(user: User, channel: Channel, address: str, shown: str, *, verified: bool) -> Address:
    if not address:
        return Address(channel, "", Standing.MISSING)
    if not verified:
        return Address(channel, shown, Standing.UNVERIFIED)
    sent = Delivery.objects.filter(notice__recipient=user, channel=channel, address=address)
    newest = sent.filter(state__in=[*Delivery.TAKEN, Delivery.State.FAILED])
    delivery = newest.order_by("-pk").first()
    if delivery is None:
        return Address(channel, shown, Standing.UNTRIED)
    failed = (
        Bounce.objects.filter(attempt__delivery=delivery).first()
        or Failure.objects.filter(delivery=delivery).first()
    )
    if failed is not None:
        return Address(channel, shown, Standing.CAME_BACK, failed.recorded_at)
    attempt = delivery.attempts.order_by("-fence").first()
    return Address(channel, shown, Standing.WORKS, attempt.recorded_at if attempt else None)
