"""API keys and service tokens: how they are made, recognised and kept.

`apq_` (a customer's key) or `aps_` (a service's token), 8 characters that may be shown,
an underscore, 32 that may not, and 6 of checksum:

    apq_7k2m9q4x_h3…

Only SHA-256 of the whole is kept. The secret part has 160 random bits, so a fast hash
is enough: there is nothing to guess. The checksum lets a mistyped or truncated key be
refused without asking the database, and lets leaked keys be found by pattern.
"""

import hashlib
import secrets
import zlib
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.exceptions import KeyIsMalformed
from common.public_ids import ALPHABET

API_KEY = "apq"
SERVICE_TOKEN = "aps"
SHOWN, HIDDEN, CHECKSUM = 8, 32, 6
LENGTH = len(API_KEY) + 1 + SHOWN + 1 + HIDDEN + CHECKSUM


@dataclass(frozen=True)
class Minted:
    """A new credential: `secret` is shown once, the other two are kept."""

    secret: str
    prefix: str
    digest: str


def _letters(count: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def _checksum(body: str) -> str:
    number, letters = zlib.crc32(body.encode()), ""
    for _turn in range(CHECKSUM):
        number, digit = divmod(number, len(ALPHABET))
        letters += ALPHABET[digit]
    return letters


def mint(kind: str) -> Minted:
    """A new credential of `kind` (`API_KEY` or `SERVICE_TOKEN`)."""
    prefix = f"{kind}_{_letters(SHOWN)}"
    body = f"{prefix}_{_letters(HIDDEN)}"
    secret = body + _checksum(body)
    return Minted(secret=secret, prefix=prefix, digest=digest(secret))


def digest(secret: str) -> str:
    """SHA-256 in hex: what is kept and looked up."""
    return hashlib.sha256(secret.encode()).hexdigest()


def check(secret: str, kind: str) -> str:
    """The digest of a well-formed `secret`. Raises `KeyIsMalformed`."""
    body, checksum = secret[:-CHECKSUM], secret[-CHECKSUM:]
    well_formed = (
        len(secret) == LENGTH
        and secret.isascii()
        and secret.startswith(f"{kind}_")
        and secrets.compare_digest(_checksum(body), checksum)
    )
    if not well_formed:
        raise KeyIsMalformed(_("This key is incomplete or mistyped: its checksum is wrong."))
    return digest(secret)
