"""Keys that encrypt single fields at rest, and keys that sign seals."""

import base64
import binascii

from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32


def field_encryption_keys(written: list[str]) -> dict[str, bytes]:
    """Parse FIELD_ENCRYPTION_KEYS; the first one encrypts and all of them decrypt."""
    return keys_of("FIELD_ENCRYPTION_KEYS", written)


def keys_of(variable: str, written: list[str]) -> dict[str, bytes]:
    """Parse entries of the form `id:base64 of 32 bytes`.

    Returns the keys by their id in the order written. Raises ImproperlyConfigured with
    what is wrong, never with the key itself.
    """
    keys: dict[str, bytes] = {}
    for position, entry in enumerate(written, start=1):
        name, colon, encoded = entry.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not name or not colon or len(key) != KEY_BYTES:
            raise ImproperlyConfigured(
                f"{variable}: entry {position} is not of the form id:base64 with {KEY_BYTES} bytes."
            )
        if name in keys:
            raise ImproperlyConfigured(f"{variable}: the id {name} is there twice.")
        keys[name] = key
    return keys
