"""The server's counter of transactions, which positions of rows are taken from.

A dump that is restored into a new server brings rows and blocks of transactions which that
server has not reached. What is written then would stand before them: it would not be sealed,
not be rolled up, not be handed out. One step puts the counter past all of them
(docs/decisions/0012-a-restored-dump.md).
"""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db import connection

from common.models.transaction_ids import TransactionIdField
from common.seals.registry import sealed_tables

# The counter is an epoch and, below it, this many bits.
BITS_BELOW_EPOCH = 32
_LAST_BLOCKS = """
SELECT coalesce(max(last.upto_transaction), 0) FROM unnest(%s::text[]) named, LATERAL (
    SELECT upto_transaction FROM common_sealblock WHERE "table" = named
    ORDER BY number DESC LIMIT 1) last
"""


def next_transaction() -> int:
    """The number that the next transaction which writes will have, or a lower one."""
    return _asked("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")


def is_past_blocks() -> bool:
    """Whether the server has reached the transactions of the last block of each table. Cheap."""
    names = [table.name for table in sealed_tables]
    return _asked(_LAST_BLOCKS, [names]) < next_transaction()


def epoch_to_set() -> int | None:
    """The epoch that puts the counter past whatever rows and blocks name; None if it is."""
    highest = highest_transaction()
    return None if highest < next_transaction() else (highest >> BITS_BELOW_EPOCH) + 1


def highest_transaction() -> int:
    """The highest that any row names, or any block."""
    return max(
        _asked("SELECT coalesce(max(upto_transaction), 0) FROM common_sealblock"),
        *(_highest_of(table, column) for table, column in _columns()),
    )


def _columns() -> list[tuple[str, str]]:
    return [
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, TransactionIdField) and field.column
    ]


def _highest_of(table: str, column: str) -> int:
    # By the index that it is sealed by, read from its end.
    return _asked(
        f'SELECT coalesce((SELECT "{column}"::text::bigint FROM "{table}"'
        f' ORDER BY "{column}" DESC LIMIT 1), 0)'
    )


def _asked(statement: str, values: Sequence[Any] = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        (found,) = cursor.fetchone() or (0,)
    return int(found)
