"""Sealing journals, beside a plain SHA-256 over the same canonical bytes in the same order.

The plain variant reads those bytes from the same PostgreSQL through a server-side cursor, the
fastest way there is to read them, and feeds them to one running hash: no blocks, no hashes of
rows, no tree, nothing written, nothing signed. Ours is `common.seals.sealing.seal_next` as the
worker runs it: Merkle trees, marks of columns, signed blocks, anchors on disk.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection, connections
from django.test.utils import override_settings

from common.seals import sealing
from common.seals.canonical import Writing
from common.seals.registry import sealed_tables
from tests.bench.figures import figure, interleaved, timed

ROWS = 50_000
TURNS = 3
TABLE = "billing.journal"
# Instead of those that the lists are measured with.
JOURNALS = f"""
DELETE FROM billing_entry;
DELETE FROM billing_journal;
INSERT INTO billing_journal (kind, effective_at, recorded_at, key, request_hash, legs, account_id,
    memo, transaction)
SELECT 'charge', common_now() - n * interval '1 second', common_now() - n * interval '1 second',
    'charge:0190a1b2-c3d4-7e5f-8a9b-' || n, encode(sha256(n::text::bytea), 'hex'), 3, n, '',
    pg_current_xact_id()
FROM generate_series(1, {ROWS}) n;
INSERT INTO billing_entry (journal_id, account_id, wallet_id, amount)
SELECT journal.id, leg.account, CASE leg.account WHEN 2010 THEN journal.account_id END, leg.amount
FROM billing_journal journal, (VALUES (2010, -1060000), (4010, 1000000), (2210, 60000))
    leg(account, amount);
"""


def _plain() -> bytes:
    """One hash over all rows."""
    running = hashlib.sha256()
    writing = Writing.of(TABLE, sealed_tables.get(TABLE).form())
    # Of what sealing reads, the bytes and nothing else.
    canonical = "convert_to(row_to_json(c)::text, 'UTF8')"
    assert canonical in writing.select
    source = writing.select[writing.select.index(f' FROM "{writing.table}" t') :]
    connection.ensure_connection()
    raw = connection.connection
    with raw.transaction(), psycopg.ServerCursor(raw, "plain") as cursor:
        cursor.itersize = sealing.ROWS_A_BLOCK
        statement = f"SELECT {canonical}{source} ORDER BY t.transaction, t.id"
        cursor.execute(statement.encode(), binary=True)
        for (row,) in cursor:
            running.update(row)
    return running.digest()


def _seal() -> Iterator[int]:
    """What the worker does, for this table only: others have rows of their own here."""
    while block := sealing.seal_next(table=sealed_tables.get(TABLE)):
        yield block.rows


def _unseal(superuser: dict[str, Any], anchors: Path) -> None:
    with psycopg.connect(**superuser, autocommit=True) as opened:
        opened.execute("SET session_replication_role = replica")
        opened.execute("DELETE FROM common_sealblock")
        opened.execute("VACUUM common_sealblock")
    anchors.unlink(missing_ok=True)


@figure("seals.beside_sha256", at_least=0.5)
def beside_sha256(bench: Any) -> list[float]:
    with bench.databases.copy("seals", of=bench.databases.few) as name:
        superuser = bench.databases.server.connection("postgres", name)
        with psycopg.connect(**superuser) as opened:
            opened.execute("SET session_replication_role = replica")
            for statement in filter(str.strip, JOURNALS.split(";\n")):
                opened.execute(statement.encode())
        with psycopg.connect(**superuser, autocommit=True) as opened:
            opened.execute("VACUUM (ANALYZE) billing_journal, billing_entry")
        connections.close_all()
        connections["default"].settings_dict.update(bench.databases.as_django_settings(name))
        with tempfile.TemporaryDirectory() as folder:
            anchors = Path(folder) / "anchors.log"

            def ours(_turn: int) -> float:
                _unseal(superuser, anchors)
                sealed: list[int] = []
                seconds = timed(lambda: sealed.extend(_seal()))
                assert sum(sealed) == ROWS
                return seconds

            with override_settings(SEAL_ANCHORS=str(anchors), SEAL_KEYS={"bench": b"b" * 32}):
                ratios = interleaved(
                    turns=range(TURNS), slow=lambda _turn: timed(_plain), fast=ours
                )
        connections.close_all()
    return ratios
