"""Encryption of single fields at rest, with keys that can be replaced.

`settings.FIELD_ENCRYPTION_KEYS` maps a key's id to its 32 bytes. The first key
encrypts, all of them decrypt. To replace a key: put the new one first, re-encrypt
(`is_stale` says what), then take the old one away.

A token reads `id:base64(nonce + ciphertext)`, AES-256-GCM. The purpose is bound in:
what was encrypted for one field does not decrypt in another.
"""

import base64
import binascii
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.exceptions import CannotDecrypt

NONCE_BYTES = 12  # what AES-GCM is specified for


def _keys() -> Mapping[str, bytes]:
    keys: Mapping[str, bytes] = settings.FIELD_ENCRYPTION_KEYS
    return keys


def encrypt(text: str, *, purpose: str) -> str:
    """`text` under the first key, decrypted only for the same `purpose`."""
    key_id = next(iter(_keys()))
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(_keys()[key_id]).encrypt(nonce, text.encode(), purpose.encode())
    return f"{key_id}:{base64.b64encode(nonce + sealed).decode()}"


def decrypt(token: str, *, purpose: str) -> str:
    """The text in `token`. Raises `CannotDecrypt`."""
    key_id, _colon, body = token.partition(":")
    if key_id not in _keys():
        raise CannotDecrypt(
            _(
                "A field was encrypted with the key “%(key)s”, which is missing from "
                "FIELD_ENCRYPTION_KEYS. Put that key back."
            )
            % {"key": key_id[:40]}
        )
    try:
        raw = base64.b64decode(body, validate=True)
        nonce, sealed = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
        return AESGCM(_keys()[key_id]).decrypt(nonce, sealed, purpose.encode()).decode()
    except (binascii.Error, ValueError, InvalidTag):
        raise CannotDecrypt(
            _("An encrypted field is damaged or was encrypted for another purpose.")
        ) from None


def current_key_id() -> str:
    """The id of the key that encrypts now."""
    return next(iter(_keys()))


def key_ids() -> frozenset[str]:
    """The ids of all keys that decrypt."""
    return frozenset(_keys())


def key_id_of(kept: bytes) -> str:
    """The id of the key that `kept`, made by `encrypt_bytes`, was encrypted with."""
    return kept.partition(b"\n")[0].decode(errors="replace")


def encrypt_bytes(content: bytes, *, purpose: str) -> bytes:
    """A file's bytes under the first key: a line with the key's id, nonce and ciphertext.

    `purpose` is bound in as associated data: with the record's own identifier in it, what
    was encrypted for one record does not decrypt in another.
    """
    key_id = current_key_id()
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(_keys()[key_id]).encrypt(nonce, content, purpose.encode())
    return key_id.encode() + b"\n" + nonce + sealed


def decrypt_bytes(kept: bytes, *, purpose: str) -> bytes:
    """What `encrypt_bytes` was given. Raises `CannotDecrypt`."""
    key_id, _newline, raw = kept.partition(b"\n")
    key = _keys().get(key_id.decode(errors="replace"))
    try:
        if key is None:
            raise ValueError
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode())
    except (ValueError, InvalidTag):
        raise CannotDecrypt(
            _("A stored file is damaged, or the key that encrypted it is missing.")
        ) from None


def is_stale(token: str) -> bool:
    """Whether `token` was made with another key than the one that encrypts now."""
    return token.partition(":")[0] != next(iter(_keys()))
