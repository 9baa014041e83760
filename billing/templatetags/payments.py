"""What the pages about payments show."""

import base64
from io import BytesIO

import qrcode
from django import template
from qrcode.image.svg import SvgPathImage

from billing.money import PER_FEN, shown

register = template.Library()

TONES = {"paid": "good", "failed": "bad", "expired": "bad", "opened": "warn", "pending": "warn"}


@register.filter
def yuan_of_fen(fen: int) -> str:
    """`¥ 1,280.50`"""
    return f"¥\u00a0{shown(fen * PER_FEN)}"


@register.filter
def tone_of_order(state: str) -> str:
    """The tone of a pill or card for an order's state."""
    return TONES.get(state, "")


@register.filter
def qr_code(text: str) -> str:
    """The text as a QR code, an address of data for `<img>`."""
    image = qrcode.make(text, image_factory=SvgPathImage, border=1)
    drawn = BytesIO()
    image.save(drawn)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()


@register.filter
def yuan_of_micro(micro: int | None) -> str:
    """`¥ 1,280.50`; a dash for None."""
    return "–" if micro is None else f"¥\u00a0{shown(micro)}"
