"""Signatures of the feed: that a page is ours, and when it was true.

`t=<unix seconds>,k=<key>,v1=<hex HMAC-SHA256 of "<t>." and the uncompressed body>`. Two keys
live at once while they are exchanged: the first of `ENFORCEMENT_KEYS` signs, readers know both.
"""

import hashlib
import hmac
from datetime import datetime

from django.conf import settings


class Signing:
    """The signature of what is handed to `update`, by the first key, as of `moment`."""

    def __init__(self, moment: datetime) -> None:
        self.key, secret = next(iter(settings.ENFORCEMENT_KEYS.items()))
        self.moment = int(moment.timestamp())
        self._hmac = hmac.new(secret, f"{self.moment}.".encode(), hashlib.sha256)

    def update(self, part: bytes) -> None:
        self._hmac.update(part)

    def signature(self) -> str:
        return f"t={self.moment},k={self.key},v1={self._hmac.hexdigest()}"


def sign(body: bytes, *, moment: datetime) -> str:
    """The signature of a whole body."""
    signing = Signing(moment)
    signing.update(body)
    return signing.signature()
