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


def path(leaves: Sequence[bytes], place: int) -> list[tuple[str, str]]:
    """How one goes from a leaf up to the root: at each step on which side the other hash
    stands, and that in hexadecimal."""
    steps, level = [], list(leaves)
    while len(level) > 1:
        other = place ^ 1
        if other < len(level):
            steps.append(("left" if other < place else "right", level[other].hex()))
        pairs = range(0, len(level) - 1, 2)
        above = [sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in pairs]
        level, place = above + level[-1:] * (len(level) % 2), place // 2
    return steps
