"""Reading the rows of a table between two positions, as canonical bytes.

A position is the transaction that wrote a row and the row's number, which is its id as a rule.
Transactions are compared with the watermark `pg_snapshot_xmin(pg_current_snapshot())`: whatever
is below is committed or gone for good, and nothing will join it. So nothing that commits late is
passed over.
"""

from collections.abc import Iterable
from typing import Any

import psycopg
from django.apps import apps
from django.db import connection

from common.seals.canonical import Writing, as_text
from common.seals.registry import Form, SealedTable

Position = tuple[int, int]
START: Position = (0, 0)

_AFTER = "(t.transaction, t.{key}) > (%(after)s::text::xid8, %(after_id)s)"
_OVER = " AND t.transaction < pg_snapshot_xmin(pg_current_snapshot())"
# Rows of a block were over when it was made, on whatever server; a dump may be checked anywhere.
_UPTO = " AND (t.transaction, t.{key}) <= (%(upto)s::text::xid8, %(upto_id)s)"
_ORDER = " ORDER BY t.transaction, t.{key} LIMIT %(limit)s"


# A row as it is now: number, transaction, canonical bytes, marks of the columns. A bare tuple, as
# there are hundreds of thousands a second.
Row = tuple[int, int, bytes, bytes]


def _values(after: Position, limit: int, upto: Position | None = None) -> dict[str, Any]:
    given = {"after": str(after[0]), "after_id": after[1], "limit": limit}
    return given if upto is None else given | {"upto": str(upto[0]), "upto_id": upto[1]}


def read(
    writing: Writing, *, after: Position, limit: int, upto: Position | None = None
) -> list[Row]:
    """At most `limit` rows that are over and done with, or up to a position, in order."""
    picked = f" WHERE {_AFTER}{_UPTO if upto else _OVER}{_ORDER}".replace("{key}", writing.key)
    connection.ensure_connection()
    # Binary: bytes arrive as they are, not as text to be read again; in chunks, so that the
    # server goes on while they are unpacked. Django's own cursors know no such thing.
    with psycopg.Cursor(connection.connection) as cursor:
        values = _values(after, limit, upto)
        return list(cursor.stream(writing.select + picked, values, binary=True, size=_chunk()))


def _chunk() -> int:
    """Rows that arrive together; libpq before 17 gives them one by one."""
    return 500 if psycopg.capabilities.has_stream_chunked() else 1


def _text_of(name: str, form: Form, column: str) -> str:
    """A personal column as text; `child.column` is read from the row of the child."""
    child, _dot, own = column.rpartition(".")
    if not child:
        return as_text(apps.get_model(name), own, "t")
    its = form["children"][child]
    model = apps.get_model(its["model"])
    return (
        f'(SELECT {as_text(model, own, "x")} FROM "{model._meta.db_table}" x'
        f' WHERE x."{its["parent"]}" = t."{its.get("of", "id")}")'
    )


def _salted(name: str, form: Form, salt: str, column: str) -> str:
    value = f"coalesce('=' || {_text_of(name, form, column)}, '')"
    salted = f"convert_to({salt}::text || ':{column}' || {value}, 'UTF8')"
    return f"encode(sha256({salted}), 'hex')::varchar"


def commit_to(name: str, form: Form, *, after: Position, limit: int) -> None:
    """Writes the commitments to the personal columns of the rows that `read` would give."""
    table, key = apps.get_model(name)._meta.db_table, form.get("key", "id")
    hashes = ", ".join(_salted(name, form, "t.salt", column) for column in form["personal"])
    picked = f"WHERE {_AFTER}{_OVER}{_ORDER}".replace("{key}", key)
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO common_sealcommitment ("table", row_id, salt, hashes)'
            f" SELECT %(name)s, t.{key}, t.salt, ARRAY[{hashes}] FROM ("
            f'SELECT t.*, gen_random_uuid() AS salt FROM "{table}" t {picked}) t'
            # One that somebody put there before shows when it is checked.
            " ON CONFLICT DO NOTHING",
            {"name": name, **_values(after, limit)},
        )


def broken_commitments(name: str, form: Form, ids: list[int]) -> dict[int, list[str]]:
    """Of those rows the ones whose personal columns are not what was committed to.

    Of a row whose salt was erased nothing can be said any more.
    """
    table, key = apps.get_model(name)._meta.db_table, form.get("key", "id")
    same = ", ".join(
        f"kept.hashes[{place}] = {_salted(name, form, 'kept.salt', column)}"
        for place, column in enumerate(form["personal"], start=1)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT t.{key}, ARRAY[{same}] FROM "{table}" t JOIN common_sealcommitment kept'
            f' ON kept."table" = %s AND kept.row_id = t.{key} WHERE t.{key} = ANY(%s)'
            f" AND kept.salt IS NOT NULL AND NOT (true = ALL (ARRAY[{same}]))",
            [name, ids],
        )
        return {
            row: [each for each, good in zip(form["personal"], as_was, strict=True) if not good]
            for row, as_was in cursor.fetchall()
        }


def personal_values(name: str, form: Form, number: int) -> list[str | None]:
    """The personal columns of one row as the text that was hashed, in their order."""
    table, key = apps.get_model(name)._meta.db_table, form.get("key", "id")
    columns = ", ".join(_text_of(name, form, column) for column in form["personal"])
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {columns} FROM "{table}" t WHERE t.{key} = %s', [number])
        return list(cursor.fetchone() or ())


_LOOK = """
SELECT '{name}' FROM (SELECT) once LEFT JOIN (
    SELECT upto_transaction AS upto, upto_id FROM common_sealblock
    WHERE "table" = '{name}' ORDER BY number DESC LIMIT 1) last ON true
WHERE last.upto >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint OR EXISTS (
    SELECT FROM "{table}" t
    WHERE (t.transaction, t.{key})
        > (coalesce(last.upto, 0)::text::xid8, coalesce(last.upto_id, 0))
      AND t.transaction < pg_snapshot_xmin(pg_current_snapshot()))
"""


def waiting(tables: Iterable[SealedTable]) -> set[str]:
    """The names of those tables that have something to seal, or to complain of, by one
    statement.

    Most have nothing most of the time, and there are dozens.
    """
    looks = [
        _LOOK.format(name=each.name, table=apps.get_model(each.name)._meta.db_table, key=each.key)
        for each in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(looks))
        return {name for (name,) in cursor.fetchall()}


def watermark() -> int:
    """Below it every transaction is over."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        (found,) = cursor.fetchone() or (0,)
    return int(found)
