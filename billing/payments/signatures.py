"""Checking what was signed with a shared secret, of which two may be live."""

import hashlib
import hmac
from collections.abc import Iterable


def hmac_sha256(secret: str, message: bytes) -> str:
    """The signature in hexadecimal digits."""
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def is_signed(message: bytes, signature: str, *, secrets: Iterable[str]) -> bool:
    """Whether one of the secrets made the signature; takes as long for either answer."""
    given = signature.encode(errors="replace")
    answers = [hmac.compare_digest(hmac_sha256(one, message).encode(), given) for one in secrets]
    return any(answers)
