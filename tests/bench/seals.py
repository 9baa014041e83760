"""Sealing journals, beside a plain SHA-256 over the same canonical bytes; checking a million.

The plain variant reads those bytes from the same PostgreSQL through a server-side cursor, the
fastest way there is to read them, and feeds them to one running hash: no blocks, no hashes of
rows, no tree, nothing written, nothing signed. Ours is `common.seals.sealing.seal_next` as the
worker runs it: Merkle trees, marks of columns, signed blocks, anchors on disk.

Checking (`common.seals.verifying.verify`, what `verify_seals` runs) a million journals is held
against itself at a hundred thousand, a row; and against a bound of memory.
"""

import gc
import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from django.db import connection, connections
from django.test.utils import override_settings

from common.seals import sealing
from common.seals.canonical import Writing
from common.seals.registry import sealed_tables
from common.seals.verifying import Checked, verify
from tests.bench.figures import figure, interleaved, timed

ROWS = 50_000
TURNS = 3
TABLE = "billing.journal"
# Instead of those that the lists are measured with: charges, each with three entries.
NOTHING = """
DELETE FROM billing_charge;
DELETE FROM billing_entry;
DELETE FROM billing_journal
"""
JOURNALS = """
INSERT INTO billing_journal (id, kind, effective_at, recorded_at, key, request_hash, legs,
    account_id, memo, transaction)
SELECT n, 'charge', common_now() - n * interval '1 second', common_now() - n * interval '1 second',
    'charge:0190a1b2-c3d4-7e5f-8a9b-' || n, encode(sha256(n::text::bytea), 'hex'), 3, n, '',
    pg_current_xact_id()
FROM generate_series({first}, {last}) n;
INSERT INTO billing_entry (journal_id, account_id, wallet_id, amount)
SELECT n, leg.account, CASE leg.account WHEN 2010 THEN n END, leg.amount
FROM generate_series({first}, {last}) n, (VALUES (2010, -1060000), (4010, 1000000), (2210, 60000))
    leg(account, amount);
INSERT INTO billing_charge (key, request_hash, wallet_id, journal_id, exact, posted, used_at,
    quantities)
SELECT '0190a1b2-c3d4-7e5f-8a9b-' || n, encode(sha256(n::text::bytea), 'hex'), n, n, 1.06, 1060000,
    common_now() - n * interval '1 second', '{{"tokens_in": 1200, "tokens_out": 310}}'
FROM generate_series({first}, {last}) n
"""
FEW, MANY = 100_000, 1_000_000
# Peak memory may grow by so much while a million rows are checked.
MEMORY = 100 * 1024 * 1024


def _run(superuser: dict[str, Any], statements: str) -> None:
    """Each in one transaction with the others, past triggers and foreign keys."""
    with psycopg.connect(**superuser) as opened:
        opened.execute("SET session_replication_role = replica")
        for statement in statements.split(";\n"):
            opened.execute(statement.encode())


def _write(superuser: dict[str, Any], first: int, last: int) -> None:
    _run(superuser, JOURNALS.format(first=first, last=last))
    with psycopg.connect(**superuser, autocommit=True) as opened:
        opened.execute("VACUUM (ANALYZE) billing_journal, billing_entry, billing_charge")


@contextmanager
def _world(bench: Any) -> Iterator[tuple[dict[str, Any], Path]]:
    """A database without journals, how its superuser signs in, and a file for anchors."""
    with bench.databases.copy("seals", of=bench.databases.few) as name:
        superuser = bench.databases.server.connection("postgres", name)
        _run(superuser, NOTHING)
        connections.close_all()
        connections["default"].settings_dict.update(bench.databases.as_django_settings(name))
        with tempfile.TemporaryDirectory() as folder:
            anchors = Path(folder) / "anchors.log"
            with override_settings(SEAL_ANCHORS=str(anchors), SEAL_KEYS={"bench": b"b" * 32}):
                yield superuser, anchors
        connections.close_all()


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
    with _world(bench) as (superuser, anchors):
        _write(superuser, 1, ROWS)

        def ours(_turn: int) -> float:
            _unseal(superuser, anchors)
            sealed: list[int] = []
            seconds = timed(lambda: sealed.extend(_seal()))
            assert sum(sealed) == ROWS
            return seconds

        return interleaved(turns=range(TURNS), slow=lambda _turn: timed(_plain), fast=ours)


def _verify() -> int:
    """Everything; how many rows that was. Keeps nothing of what was checked."""
    rows = 0
    for checked in verify():
        assert isinstance(checked, Checked), checked
        assert not checked.findings
        rows += checked.block.rows
    return rows


def _memory(name: str) -> int:
    """VmRSS, what this process has in memory, or VmHWM, the most it ever had."""
    status = Path("/proc/self/status").read_text()
    [kilobytes] = re.findall(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    return int(kilobytes) * 1024


def _with_growth(act: Callable[[], float]) -> tuple[float, int]:
    """What it answers, and how much more memory the process had at most meanwhile."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # VmHWM begins anew
    before = _memory("VmRSS")
    answer = act()
    return answer, _memory("VmHWM") - before


@lru_cache
def _verifying(bench: Any) -> tuple[list[float], list[float]]:
    """Times of a row at a million beside a hundred thousand; growth of memory as a share."""
    ratios, growths = [], []
    with _world(bench) as (superuser, _anchors):
        _write(superuser, 1, FEW)
        assert sum(_seal()) == FEW
        _verify()
        few = [timed(_verify) for _turn in range(2 * TURNS)]
        _write(superuser, FEW + 1, MANY)
        assert sum(_seal()) == MANY - FEW
        few_a_row = median(few) / FEW
        for _turn in range(TURNS):
            seconds, growth = _with_growth(lambda: timed(_verify))
            growths.append(growth / MEMORY)
            ratios.append(seconds / MANY / few_a_row)
    return ratios, growths


@figure("seals.verify_a_million", at_most=1.5)
def verify_a_million(bench: Any) -> list[float]:
    return _verifying(bench)[0]


@figure("seals.verify_memory", at_most=1)
def verify_memory(bench: Any) -> list[float]:
    return _verifying(bench)[1]
