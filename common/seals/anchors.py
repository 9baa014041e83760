"""The hash of each block in a file outside the database.

One line a block: number, hash, key, signature, moment. Lines are only ever appended and
reach the disk before the next block is begun, so whoever rewrites the database has to
rewrite the file as well, and a copy of it elsewhere shows that they did. The signature is
the block's own: anybody with the public key sees that a line is none of theirs.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from django.conf import settings

from common.models.seals import SealBlock
from common.seals.blocks import written_moment

# Of the end of the file, to find its last line.
TAIL_BYTES = 4096


@dataclass(frozen=True)
class Anchor:
    number: int
    hash: str
    key_id: str
    signature: str
    sealed_at: str

    @classmethod
    def of(cls, block: SealBlock) -> Self:
        moment = written_moment(block.sealed_at)
        return cls(block.number, block.hash, block.key_id, block.signature, moment)

    @classmethod
    def read(cls, line: str) -> Self | None:
        """From a line of the file; None for one that is no anchor."""
        words = line.split()
        if len(words) != 5 or not words[0].isdigit():
            return None
        return cls(int(words[0]), *words[1:])

    def line(self) -> str:
        return f"{self.number} {self.hash} {self.key_id} {self.signature} {self.sealed_at}\n"


def path() -> Path:
    return Path(settings.SEAL_ANCHORS)


def append(anchor: Anchor, *, file: Path | None = None) -> None:
    """Adds a line and waits until the disk has it."""
    file = file or path()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = not file.exists()
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        _drop_unfinished_line(handle)
        os.write(handle, anchor.line().encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    if fresh:
        # The file's name has to survive as well.
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _drop_unfinished_line(handle: int) -> None:
    """A line without its end was cut off by a crash, so was never an anchor."""
    size = os.fstat(handle).st_size
    start = max(0, size - TAIL_BYTES)
    tail = os.pread(handle, size - start, start)
    if tail and not tail.endswith(b"\n"):
        os.ftruncate(handle, start + tail.rfind(b"\n") + 1)


def last(*, file: Path | None = None) -> Anchor | None:
    """The last whole line; None when there is no file, or nothing in it."""
    file = file or path()
    if not file.exists():
        return None
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - TAIL_BYTES))
        whole = opened.read().rpartition(b"\n")[0]
    lines = whole.decode(errors="replace").splitlines()
    return Anchor.read(lines[-1]) if lines else None


def lines(*, file: Path | None = None) -> Iterator[Anchor | None]:
    """Every line in turn, None for one that is no anchor."""
    file = file or path()
    if not file.exists():
        return
    with file.open(errors="replace") as opened:
        for line in opened:
            yield Anchor.read(line)
