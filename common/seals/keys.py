"""Keys that sign blocks (Ed25519), and those that only say whether a signature is good.

`settings.SEAL_KEYS` maps ids to 32-byte seeds: the first signs. `settings.SEAL_PUBLIC_KEYS`
maps ids to the 32 bytes of public keys: those of keys that were retired, or all of them
where blocks are only checked. To replace a key: put the new one first; once nobody signs
with the old one any more, take it from SEAL_KEYS and put its public half in the other.
"""

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.seals.exceptions import CannotSeal


def _private() -> Mapping[str, bytes]:
    keys: Mapping[str, bytes] = settings.SEAL_KEYS
    return keys


def public_keys() -> dict[str, bytes]:
    """All public keys known here, by id."""
    known = dict(settings.SEAL_PUBLIC_KEYS)
    for name, seed in _private().items():
        known[name] = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return known


def signing_key_id() -> str:
    """The id of the key that signs. Raises `CannotSeal`."""
    if not _private():
        raise CannotSeal(_("Nothing can be sealed here: SEAL_KEYS holds no key."))
    return next(iter(_private()))


def sign(message: bytes, *, key_id: str) -> str:
    """The signature in hexadecimal."""
    return Ed25519PrivateKey.from_private_bytes(_private()[key_id]).sign(message).hex()


def is_signed(message: bytes, signature: str, *, key_id: str) -> bool | None:
    """Whether the signature is of that key; None: the key is not known here."""
    public = public_keys().get(key_id)
    if public is None:
        return None
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
