"""The ledger beside the same rows by raw SQL, and beside django-hordak; one client, eight
processes, batches; and the balance beside the length of the history.

Each variant posts in processes of its own (`tests/bench/poster.py`), all into databases of
the same server. Raw SQL and ours write the same rows into the same tables under the same
triggers, keys and checks; hordak writes a transaction with the same three legs into its own.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
from django.db import connections
from psycopg import sql

from apiqik_backoffice.database_roles import APP, OWNER
from tests.bench.changes import world
from tests.bench.database import PREFIX
from tests.bench.figures import figure, interleaved
from tests.bench.population import FIRST_ID, Seeding
from tests.bench.poster import Poster
from tests.plumbing.databases import django_settings, drop_database

ACCOUNTS = 400
PROCESSES = 8
TURNS = 5
# So many that it is no part of a turn to tell the processes to begin.
ONE_CLIENT, EACH_OF_EIGHT, IN_A_BATCH = 400, 200, 1_000
FEW, MANY = 1_000, 1_000_000
numbers = [FIRST_ID + n for n in range(ACCOUNTS)]


def top_up(accounts: list[int]) -> None:
    from accounts.models import Account
    from billing import money_in
    from billing.models import Ledger

    for account in Account.objects.filter(pk__in=accounts):
        money_in.top_up(
            account=account,
            amount=10**14,
            source=Ledger.BANK,
            key=f"benchmark:{account.pk}",
        )


@contextmanager
def ledger(bench: Any) -> Iterator[str]:
    """A database with accounts that have enough, and some history for the planner to see."""
    bench.leave()
    with world(bench, ACCOUNTS) as name:
        top_up(numbers)
        with posters(bench, "ours", name) as [one]:
            one.seconds("one", accounts=numbers)
            one.seconds("batch", accounts=numbers * 2)
        analyze(bench, name)
        # Nobody is in it: it may be copied.
        connections.close_all()
        yield name


def analyze(bench: Any, name: str) -> None:
    owner = bench.databases.server.connection("postgres", name)
    with psycopg.connect(**owner, autocommit=True) as superuser:
        superuser.execute("VACUUM ANALYZE")


@contextmanager
def hordak(bench: Any) -> Iterator[str]:
    """A database with hordak's tables and an account of its for each of ours."""
    name = f"{PREFIX}hordak"
    with psycopg.connect(**bench.databases.server.superuser, autocommit=True) as superuser:
        drop_database(superuser, name)
        superuser.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(OWNER)
            )
        )
        try:
            with posters(bench, "hordak", name) as [one]:
                one.seconds("setup", accounts=numbers)
                one.seconds("one", accounts=numbers[:100])
            analyze(bench, name)
            yield name
        finally:
            drop_database(superuser, name)


@contextmanager
def posters(bench: Any, variant: str, database: str, processes: int = 1) -> Iterator[list[Poster]]:
    role = OWNER if variant == "hordak" else APP
    where = json.dumps(django_settings(bench.databases.server.connection(role, database)))
    with ExitStack() as stack:
        started = [Poster(variant, where) for _ in range(processes)]
        for poster in started:
            stack.callback(poster.close)
        yield started


def together(started: list[Poster], count: int) -> float:
    """Seconds until the last of them is done, each on accounts of its own."""
    share = ACCOUNTS // len(started)
    began = time.perf_counter()
    for number, poster in enumerate(started):
        own = numbers[number * share : (number + 1) * share]
        poster.tell("one", accounts=[own[n % share] for n in range(count)])
    for poster in started:
        poster.answer()
    return time.perf_counter() - began


Posting = Callable[[list[Poster]], float]


def beside(bench: Any, variant: str, post: Posting, *, processes: int = 1) -> list[float]:
    """How many times longer the other variant takes than ours, turn by turn."""
    with ExitStack() as stack:
        name = stack.enter_context(ledger(bench))
        elsewhere = stack.enter_context(hordak(bench)) if variant == "hordak" else name
        ours = stack.enter_context(posters(bench, "ours", name, processes))
        others = stack.enter_context(posters(bench, variant, elsewhere, processes))
        for started in (ours, others):
            post(started)  # plans are made, files are open
        return interleaved(
            turns=range(TURNS), slow=lambda _turn: post(others), fast=lambda _turn: post(ours)
        )


def by_one_client(started: list[Poster]) -> float:
    return together(started, ONE_CLIENT)


def by_eight(started: list[Poster]) -> float:
    return together(started, EACH_OF_EIGHT)


def by_batch(started: list[Poster]) -> float:
    return started[0].seconds("batch", accounts=[numbers[n % 200] for n in range(IN_A_BATCH)])


@figure("ledger.post.one_client.raw", at_least=0.7)
def one_client_raw(bench: Any) -> list[float]:
    return beside(bench, "raw", by_one_client)


@figure("ledger.post.one_client.hordak", at_least=3)
def one_client_hordak(bench: Any) -> list[float]:
    return beside(bench, "hordak", by_one_client)


@figure("ledger.post.eight_processes.raw", at_least=0.5)
def eight_processes_raw(bench: Any) -> list[float]:
    return beside(bench, "raw", by_eight, processes=PROCESSES)


@figure("ledger.post.eight_processes.hordak", at_least=3)
def eight_processes_hordak(bench: Any) -> list[float]:
    return beside(bench, "hordak", by_eight, processes=PROCESSES)


@figure("ledger.batch.raw", at_least=0.6)
def batch_raw(bench: Any) -> list[float]:
    return beside(bench, "raw", by_batch)


@figure("ledger.batch.hordak", at_least=25)
def batch_hordak(bench: Any) -> list[float]:
    return beside(bench, "hordak", by_batch)


# Revenue and VAT spread over one account for each process, by the same function.
SPREAD = """
INSERT INTO billing_ledgeraccount (code, type, name_zh_hans, name_en)
    SELECT base + n, 'income', 'x', 'x'
    FROM generate_series(1, 8) n, (VALUES (4100), (2300)) b(base);
INSERT INTO billing_legrule (kind, account_id, sign)
    SELECT 'charge', base + n, 1 FROM generate_series(1, 8) n, (VALUES (4100), (2300)) b(base);
"""


def spread(bench: Any, name: str) -> None:
    owner = bench.databases.server.connection(OWNER, name)
    with psycopg.connect(**owner, autocommit=True) as opened:
        for statement in filter(str.strip, SPREAD.split(";\n")):
            opened.execute(statement.encode())
        found = opened.execute("SELECT pg_get_functiondef('billing_charge_one'::regproc)")
        [definition] = found.fetchone() or [""]
        # The fifty accounts of a process follow each other.
        for shared, base in (("4010", 4101), ("2210", 2301)):
            own = f"({base} + given_account / {ACCOUNTS // PROCESSES} % {PROCESSES})"
            assert f"{shared}::smallint" in definition
            definition = definition.replace(f"{shared}::smallint", f"{own}::smallint")
        opened.execute(definition.encode())


@figure("ledger.shared_revenue", at_least=0.9)
def shared_revenue(bench: Any) -> list[float]:
    with ExitStack() as stack:
        shared = stack.enter_context(ledger(bench))
        own = stack.enter_context(bench.databases.copy("spread", of=shared))
        spread(bench, own)
        ours = stack.enter_context(posters(bench, "ours", shared, PROCESSES))
        others = stack.enter_context(posters(bench, "ours", own, PROCESSES))
        for started in (ours, others):
            by_eight(started)
        return interleaved(
            turns=range(TURNS),
            slow=lambda _turn: by_eight(others),
            fast=lambda _turn: by_eight(ours),
        )


# -- balances ------------------------------------------------------------------------------

# Holds: both entries of each are the account's own.
HISTORY = """
INSERT INTO billing_journal (id, recorded_at, kind, effective_at, key, request_hash, legs,
    account_id, transaction)
SELECT %(from)s + n, now(), 'hold', now(), 'history:' || %(from)s + n, '', 2, %(account)s, '3'
FROM generate_series(1, %(entries)s::bigint / 2) n;
INSERT INTO billing_entry (journal_id, account_id, wallet_id, lot_id, amount)
SELECT %(from)s + n, 2010 + leg * 20, %(account)s,
    (SELECT max(id) FROM billing_creditlot WHERE wallet_id = %(account)s), 1 - 2 * leg
FROM generate_series(1, %(entries)s::bigint / 2) n, generate_series(0, 1) leg;
"""
HORDAK_HISTORY = """
INSERT INTO hordak_transaction (id, uuid, timestamp, date, description)
SELECT 1000000 + n, gen_random_uuid(), now(), now(), '' FROM generate_series(1, %(entries)s) n;
INSERT INTO hordak_leg (uuid, transaction_id, account_id, debit, currency, description)
SELECT gen_random_uuid(), 1000000 + n, (SELECT id FROM hordak_account WHERE name = %(name)s), 1,
    'CNY', '' FROM generate_series(1, %(entries)s) n;
"""
READS = 200


def history(bench: Any, name: str, lengths: dict[int, int]) -> None:
    superuser = bench.databases.server.connection("postgres", name)
    with Seeding(superuser, ["billing_journal", "billing_entry"]) as seeding:
        begins = 1_000_000_000
        for account, entries in lengths.items():
            seeding.run(HISTORY, account=account, entries=entries, **{"from": begins})
            begins += entries


def reading(poster: Poster, account: int, times: int) -> float:
    return poster.seconds("balance", accounts=[account] * times) / times


@figure("ledger.balance.depth", at_most=1.5)
def balance_depth(bench: Any) -> list[float]:
    entries = int(os.environ.get("BENCH_ENTRIES", "10000000"))
    short, long = numbers[:2]
    with ledger(bench) as name:
        history(bench, name, {short: FEW, long: entries})
        with posters(bench, "ours", name) as [one]:
            for account in (short, long):
                reading(one, account, READS)
            return interleaved(
                turns=range(9),
                slow=lambda _turn: reading(one, long, READS),
                fast=lambda _turn: reading(one, short, READS),
            )


@figure("ledger.balance.hordak", at_least=300)
def balance_hordak(bench: Any) -> list[float]:
    account = numbers[0]
    entries = min(MANY, int(os.environ.get("BENCH_ENTRIES", MANY)))
    with ledger(bench) as name, hordak(bench) as elsewhere:
        history(bench, name, {account: entries})
        superuser = bench.databases.server.connection("postgres", elsewhere)
        with Seeding(superuser, ["hordak_transaction", "hordak_leg"]) as seeding:
            seeding.run(HORDAK_HISTORY, entries=entries, name=str(account))
        with (
            posters(bench, "ours", name) as [ours],
            posters(bench, "hordak", elsewhere) as [theirs],
        ):
            for poster in (ours, theirs):
                reading(poster, account, 2)
            return interleaved(
                turns=range(TURNS),
                slow=lambda _turn: reading(theirs, account, 1),
                fast=lambda _turn: reading(ours, account, READS),
            )
