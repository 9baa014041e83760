"""Making blocks: one table after the other, in batches, one sealer at a time.

The blocks of all tables are one chain. Each is one transaction; then its anchor is written.
A sealer that dies in between leaves one anchor to be made up for, and nothing else.
"""

import time

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from common import clock
from common.models.seals import SealBlock, packed
from common.seals import anchors, keys, merkle, rows
from common.seals.anchors import Anchor
from common.seals.blocks import NOTHING_BEFORE, hash_of
from common.seals.canonical import Writing
from common.seals.exceptions import AnchorsDisagree, ClockOfTransactionsWentBack
from common.seals.registry import SealedTable, sealed_tables
from common.unhurried import take_time

# A block is checked, and shown to be damaged, as a whole; its rows are in memory at once.
ROWS_A_BLOCK = 10_000
# Of the lane's other jobs none should wait for much longer; the next wake-up goes on.
SECONDS = 50.0


def seal(*, at_most_seconds: float = SECONDS, rows_a_block: int = ROWS_A_BLOCK) -> int:
    """Seals what is over and done with in all registered tables; how many rows that was.

    Stops after the block in which its time ran out. Does nothing while somebody else seals.
    Raises `CannotSeal`.
    """
    keys.signing_key_id()
    until = time.monotonic() + at_most_seconds
    sealed = 0
    waiting = _tables_that_wait()
    for table in sealed_tables:
        while table.name in waiting and time.monotonic() < until:
            block = seal_next(table=table, rows_a_block=rows_a_block)
            sealed += block.rows if block else 0
            if block is None or block.rows < rows_a_block:
                break
    return sealed


def _tables_that_wait() -> set[str]:
    """Of the registered ones. Also looks after the file of anchors when there are none."""
    with transaction.atomic():
        if not _alone():
            return set()
        _agree_with_anchors(newest_block())
        return rows.waiting(sealed_tables)


def seal_next(*, table: SealedTable, rows_a_block: int = ROWS_A_BLOCK) -> SealBlock | None:
    """Seals the next rows of one table, at most so many; None when there are none."""
    with transaction.atomic():
        take_time()
        if not _alone():
            return None
        last = newest_block()
        _agree_with_anchors(last)
        block = _next_block(table, last, rows_a_block)
    if block is not None:
        anchors.append(Anchor.of(block))
    return block


def newest_block(table: str | None = None) -> SealBlock | None:
    """The last block, of all or of one table, without what it says of each row."""
    blocks = SealBlock.objects.defer("row_ids", "leaves", "marks").order_by("-number")
    found: SealBlock | None = (blocks.filter(table=table) if table else blocks).first()
    return found


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('common_sealblock'))")
        row = cursor.fetchone()
    return bool(row and row[0])


def _agree_with_anchors(last: SealBlock | None) -> None:
    """Makes up for the anchor that a crash left out. Raises `AnchorsDisagree`."""
    anchored = anchors.last()
    if last is None and anchored is None:
        return
    if last is not None:
        if anchored is not None and (anchored.number, anchored.hash) == (last.number, last.hash):
            return
        before = (anchored.number, anchored.hash) if anchored else (0, NOTHING_BEFORE)
        if before == (last.number - 1, last.previous_hash) and is_ours(last):
            anchors.append(Anchor.of(last))
            return
    raise AnchorsDisagree(
        _(
            "Nothing is sealed: the file of anchors ends with block %(anchored)s, the database "
            "with block %(last)s. Find out why with “manage.py verify_seals”. If the file was "
            "lost and not tampered with, “manage.py seal --write-missing-anchors” begins it anew."
        )
        % {
            "anchored": anchored.number if anchored else "–",
            "last": last.number if last else "–",
        }
    )


def is_ours(block: SealBlock) -> bool:
    """Whether the block is what one of the keys known here signed."""
    digest = hash_of(block)
    signed = keys.is_signed(bytes.fromhex(digest), block.signature, key_id=block.key_id)
    return digest == block.hash and signed is True


def _next_block(table: SealedTable, last: SealBlock | None, limit: int) -> SealBlock | None:
    of_table = newest_block(table.name)
    after = (of_table.upto_transaction, of_table.upto_id) if of_table else rows.START
    if rows.watermark() <= after[0]:
        raise ClockOfTransactionsWentBack(
            _(
                "Nothing is sealed: the last block of %(table)s ends at transaction %(last)s, "
                "which this server has not reached. Was a dump restored? Write nothing, and run "
                "“manage.py seal --show-epoch”."
            )
            % {"table": table.name, "last": after[0]}
        )
    form = table.form()
    if form["personal"]:
        rows.commit_to(table.name, form, after=after, limit=limit)
    found = rows.read(Writing.of(table.name, form), after=after, limit=limit)
    if not found:
        return None
    ids, transactions, canonical, marks = zip(*found, strict=True)
    leaves = merkle.leaves_of(canonical)
    block = SealBlock(
        number=last.number + 1 if last else 1,
        table=table.name,
        form=form,
        after_transaction=after[0],
        after_id=after[1],
        upto_transaction=transactions[-1],
        upto_id=ids[-1],
        rows=len(found),
        row_ids=packed(ids),
        leaves=b"".join(leaves),
        marks=b"".join(marks),
        root=merkle.root(leaves).hex(),
        previous_hash=last.hash if last else NOTHING_BEFORE,
        key_id=keys.signing_key_id(),
        sealed_at=clock.now(),
    )
    block.hash = hash_of(block)
    block.signature = keys.sign(bytes.fromhex(block.hash), key_id=block.key_id)
    block.save()
    return block


def write_missing_anchors() -> int:
    """Appends the anchors of all blocks after the last one in the file; how many.

    For a file that was lost, by somebody's decision. Raises `AnchorsDisagree` when the last
    line is of another chain.
    """
    with transaction.atomic():
        if not _alone():
            return 0
        anchored = anchors.last()
        if (
            anchored
            and not SealBlock.objects.filter(number=anchored.number, hash=anchored.hash).exists()
        ):
            raise AnchorsDisagree(
                _("The last line of the file of anchors, block %(number)s, is of another chain.")
                % {"number": anchored.number}
            )
        missing = SealBlock.objects.defer("row_ids", "leaves", "marks").filter(
            number__gt=anchored.number if anchored else 0
        )
        written = 0
        for block in missing.order_by("number").iterator(chunk_size=1000):
            anchors.append(Anchor.of(block))
            written += 1
    return written
