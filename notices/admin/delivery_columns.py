"""How deliveries look in lists and on pages."""

from accounts.phone_numbers import mask_email, mask_phone
from common.admin import pill
from notices.models import Channel, Delivery

TONES = {
    Delivery.State.PENDING: "info",
    Delivery.State.SENDING: "info",
    Delivery.State.ACCEPTED: "good",
    Delivery.State.DELIVERED: "good",
    Delivery.State.RETRYING: "warn",
    Delivery.State.FAILED: "bad",
    Delivery.State.UNREACHED: "bad",
    Delivery.State.COMPLAINED: "bad",
    Delivery.State.UNKNOWN: "warn",
    Delivery.State.EXPIRED: "warn",
    Delivery.State.CANCELLED: "quiet",
}


def masked(delivery: Delivery) -> str:
    """Enough of the address for somebody who knows it to recognise it."""
    mask = mask_email if delivery.channel == Channel.EMAIL else mask_phone
    return mask(delivery.address)


def delivery_pill(delivery: Delivery) -> str:
    return pill(delivery.get_state_display(), TONES[Delivery.State(delivery.state)])
