"""Signatures of the feed: that a page is ours, and when it was true.

`t=<unix seconds>,k=<key>,v1=<hex HMAC-SHA256 of "<t>." and the uncompressed body>`. Two keys
live at once while they are exchanged: the first of `ENFORCEMENT_KEYS` signs, readers know both.
Of a snapshot, which is long, the hex SHA-256 of its lines is signed in place of the body.
"""

import hashlib
import hmac
from datetime import datetime

from django.conf import settings


def sign(body: bytes, *, moment: datetime) -> str:
    """The signature of a body, by the first key, as of `moment`."""
    key, secret = next(iter(settings.ENFORCEMENT_KEYS.items()))
    seconds = int(moment.timestamp())
    code = hmac.new(secret, f"{seconds}.".encode(), hashlib.sha256)
    code.update(body)
    return f"t={seconds},k={key},v1={code.hexdigest()}"
