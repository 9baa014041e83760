"""What a block's hash is taken of: its header, as JSON by RFC 8785."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import rfc8785

from common.models.seals import SealBlock

# What the first block has for the hash of the one before it.
NOTHING_BEFORE = "0" * 64


def written_moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def header(block: SealBlock, *, number: int | None = None) -> dict[str, Any]:
    """What is signed of a block; numbers that may grow large as strings of digits."""
    return {
        "version": 1,
        "number": str(block.number if number is None else number),
        "table": block.table,
        "form": block.form,
        "after": [str(block.after_transaction), str(block.after_id)],
        "upto": [str(block.upto_transaction), str(block.upto_id)],
        "rows": block.rows,
        "root": block.root,
        "previous": block.previous_hash,
        "sealed_at": written_moment(block.sealed_at),
        "key": block.key_id,
    }


def hash_of(block: SealBlock, *, number: int | None = None) -> str:
    """The SHA-256 of a block's header in hexadecimal, under another `number` if one is given."""
    return sha256(rfc8785.dumps(header(block, number=number))).hexdigest()
