"""Merkle trees as in RFC 6962: a leaf is hashed with a 0 before it, a node with a 1."""

from collections.abc import Iterable, Sequence
from hashlib import sha256


def leaves_of(rows: Iterable[bytes]) -> list[bytes]:
    """The hashes of rows' canonical bytes."""
    return [sha256(b"\x00" + row).digest() for row in rows]


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over the hashes of rows, at least one; an odd one moves up as it is."""
    level = list(leaves)
    while len(level) > 1:
        above = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]


def split(leaves: bytes) -> list[bytes]:
    """Hashes that are kept one behind the other."""
    return [leaves[at : at + 32] for at in range(0, len(leaves), 32)]
