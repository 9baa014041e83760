"""Checking the chain, the anchors and every sealed row; what is wrong is named.

Blocks are read one by one, so it takes the memory of one, however many there are, and only
rights to look. Nothing is believed that is not signed: hashes of rows only when they give the
root, the form of rows only when the header is what was signed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from common.models.seals import SealBlock
from common.seals import anchors, keys, merkle, rows
from common.seals.anchors import Anchor
from common.seals.blocks import NOTHING_BEFORE, hash_of
from common.seals.canonical import Writing
from common.seals.exceptions import CannotBeCanonical
from common.seals.findings import Finding, Found
from common.seals.rows import Position, Row

# How far from its place a block is looked for before it is called altered.
FARTHEST_MOVE = 5_000
# Of rows written in afterwards, per block; where there is one more there are many.
MOST_INSERTED = 1_000


@dataclass
class Checked:
    """How far a check has come; `block` is the one just done."""

    block: SealBlock
    findings: list[Finding]


@dataclass
class _Chain:
    """What the next block has to go on from."""

    number: int = 0
    # None: something is wrong with the block before, so nothing can be said of the link to it.
    hash: str | None = NOTHING_BEFORE
    ends: dict[str, Position | None] = field(default_factory=dict)
    # Where a table ends that no block was seen of.
    start: Position | None = rows.START

    def lose(self) -> None:
        """A block is missing; of which table, nobody knows."""
        self.hash, self.ends, self.start = None, {}, None

    def follow(self, block: SealBlock, *, sound: bool) -> None:
        self.number = block.number
        self.hash = block.hash if sound else None
        end = (block.upto_transaction, block.upto_id)
        self.ends[block.table] = end if sound else None


def verify(
    *, since: int = 1, upto: int | None = None, anchors_file: Path | None = None
) -> Iterator[Checked | Finding]:
    """Checks the blocks `since` … `upto` (None: all there are), one after the other.

    Gives a `Checked` for each block that is there, and a `Finding` for what is wrong with
    the chain and the file of anchors apart from it.
    """
    chain = _before(since)
    expected = _Anchored(anchors_file, since)
    yield from expected.unreadable()
    last = upto or _last_number()
    for number in _numbers(since, last):
        for missing in range(chain.number + 1, number):
            yield Finding(Found.MISSING_BLOCK, missing)
            yield from expected.passed(missing)
            chain.lose()
        block = SealBlock.objects.get(number=number)
        sound = hash_of(block) == block.hash
        anchored = list(expected.of(block))
        if sound:
            yield Checked(block, [*_of_block(block, chain), *anchored])
        else:
            yield Checked(block, [_moved_or_altered(block)])
        chain.follow(block, sound=sound)
    yield from expected.beyond(chain.number if upto is None else max(last, chain.number), upto)


def _before(since: int) -> _Chain:
    """The chain as it stands before the first block to check."""
    earlier = SealBlock.objects.filter(number__lt=since).defer("row_ids", "leaves", "marks")
    chain = _Chain(number=since - 1)
    if since > 1 and (last := earlier.order_by("-number").first()):
        chain.hash = last.hash
        ends = earlier.order_by("table", "-number").distinct("table")
        chain.ends = {each.table: (each.upto_transaction, each.upto_id) for each in ends}
    return chain


def _last_number() -> int:
    return SealBlock.objects.order_by("-number").values_list("number", flat=True).first() or 0


def _numbers(since: int, upto: int) -> Iterator[int]:
    """Of the blocks that are there, in order, a thousand at a time."""
    at = since - 1
    while page := list(
        SealBlock.objects.filter(number__gt=at, number__lte=upto)
        .order_by("number")
        .values_list("number", flat=True)[:1000]
    ):
        yield from page
        at = page[-1]


def _of_block(block: SealBlock, chain: _Chain) -> Iterator[Finding]:
    """Of a block whose header is what its hash was taken of."""
    if chain.hash not in (None, block.previous_hash):
        yield Finding(Found.BROKEN_CHAIN, block.number)
    signed = keys.is_signed(bytes.fromhex(block.hash), block.signature, key_id=block.key_id)
    if signed is not True:
        what = Found.UNKNOWN_KEY if signed is None else Found.BAD_SIGNATURE
        yield Finding(what, block.number, {"key": block.key_id})
    ended = chain.ends.get(block.table, chain.start)
    if ended not in (None, (block.after_transaction, block.after_id)):
        yield Finding(Found.GAP, block.number, {"table": block.table})
    yield from _of_rows(block)


def _moved_or_altered(block: SealBlock) -> Finding:
    """Whether the header is right under another number: then the block was moved."""
    for distance in range(1, FARTHEST_MOVE):
        for number in (block.number - distance, block.number + distance):
            if number > 0 and hash_of(block, number=number) == block.hash:
                return Finding(Found.REORDERED_BLOCK, block.number, {"other": number})
    return Finding(Found.ALTERED_BLOCK, block.number)


def _of_rows(block: SealBlock) -> Iterator[Finding]:
    leaves = merkle.split(bytes(block.leaves))
    if (
        len(leaves) != block.rows
        or len(block.ids) != block.rows
        or merkle.root(leaves).hex() != block.root
    ):
        yield Finding(Found.ALTERED_HASHES, block.number)
        return
    try:
        writing = Writing.of(block.table, block.form)
    except (CannotBeCanonical, LookupError):
        yield Finding(Found.UNREADABLE, block.number)
        return
    found = rows.read(
        writing,
        after=(block.after_transaction, block.after_id),
        upto=(block.upto_transaction, block.upto_id),
        limit=block.rows + MOST_INSERTED,
    )
    yield from _compare(block, writing, leaves, found)
    if block.form["personal"]:
        broken = rows.broken_commitments(block.table, block.form, list(block.ids))
        for row, columns in broken.items():
            details = {"row": row, "table": block.table, "columns": ", ".join(columns)}
            yield Finding(Found.CHANGED_PERSONAL, block.number, details)


def _compare(
    block: SealBlock, writing: Writing, leaves: list[bytes], found: list[Row]
) -> Iterator[Finding]:
    there = {row_id: (canonical, marks) for row_id, _transaction, canonical, marks in found}
    for place, row_id in enumerate(block.ids):
        details: dict[str, object] = {"row": row_id, "table": block.table}
        if row_id not in there:
            yield Finding(Found.DELETED_ROW, block.number, details)
            continue
        canonical, marks = there.pop(row_id)
        if merkle.leaves_of([canonical]) != [leaves[place]]:
            sealed = bytes(block.marks)[place * writing.width : (place + 1) * writing.width]
            columns = writing.changed(sealed, marks) if len(sealed) == writing.width else []
            details["columns"] = ", ".join(columns) or "?"
            yield Finding(Found.CHANGED_ROW, block.number, details)
    for row_id in there:
        details = {"row": row_id, "table": block.table}
        yield Finding(Found.INSERTED_ROW, block.number, details)


class _Anchored:
    """The file of anchors, read along with the blocks."""

    def __init__(self, file: Path | None, since: int) -> None:
        self._since = since
        self._lines = anchors.lines(file=file)
        self._next: Anchor | None = None
        self._line = 0
        self._bad: list[Finding] = []
        self._advance()

    def _advance(self) -> None:
        self._next = None
        for anchor in self._lines:
            self._line += 1
            if anchor is None:
                self._bad.append(Finding(Found.BAD_ANCHOR, 0, {"line": self._line}))
            elif anchor.number >= self._since:
                self._next = anchor
                return

    def unreadable(self) -> Iterator[Finding]:
        """Lines that are no anchors, since this was last asked."""
        bad, self._bad = self._bad, []
        yield from bad

    def passed(self, number: int) -> Iterator[Finding]:
        """Goes past the line of a block that is not there."""
        while self._next is not None and self._next.number <= number:
            self._advance()
        yield from self.unreadable()

    def of(self, block: SealBlock) -> Iterator[Finding]:
        while self._next is not None and self._next.number < block.number:
            self._advance()
        yield from self.unreadable()
        if self._next is None or self._next.number != block.number:
            yield Finding(Found.NO_ANCHOR, block.number)
            return
        same = (self._next.hash, self._next.signature) == (block.hash, block.signature)
        self._advance()
        if not same:
            yield Finding(Found.OTHER_ANCHOR, block.number)

    def beyond(self, last: int, upto: int | None) -> Iterator[Finding]:
        """Anchors of blocks after the last one, which are not there any more."""
        while upto is None and self._next is not None:
            if self._next.number > last:
                yield Finding(Found.MISSING_BLOCK, self._next.number)
            self._advance()
        yield from self.unreadable()
