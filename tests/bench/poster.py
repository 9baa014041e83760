"""Posts charges in a process of its own: `ours`, the same rows in `raw` SQL, or by `hordak`.

    python -m tests.bench.poster ours

Reads one JSON object a line, does what it says and answers the seconds it took. All three
take the same usage of 1.06 yuan, VAT included, from one account after the other.
"""

import contextlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {"ours": "tests.bench.settings", "raw": "tests.bench.settings"}
USED_AT = datetime(2026, 1, 1, tzinfo=UTC)
TAKES, TAX = 1_060_000, 60_000
HASH = "0" * 64
numbers = itertools.count()


class Poster:
    """One process of a variant; close it at the end."""

    def __init__(self, variant: str, database: str) -> None:
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 -- closed at the end
        settings = SETTINGS.get(variant, "tests.bench.hordak_settings")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.poster", variant],
            cwd=ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": settings, "BENCH_DATABASE": database},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def tell(self, verb: str, **values: Any) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"verb": verb, **values}) + "\n")
            self._process.stdin.flush()

    def answer(self) -> float:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            raise RuntimeError(f"A poster ended:\n{self._log.read()[-3000:]}")
        return float(line)

    def seconds(self, verb: str, **values: Any) -> float:
        self.tell(verb, **values)
        return self.answer()

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()
        self._log.close()


# -- within the process --------------------------------------------------------------------


def key() -> str:
    return f"{os.getpid()}:{next(numbers)}"


class Ours:
    def __init__(self) -> None:
        from billing import charging

        self.charging = charging

    def _lines(self, accounts: Sequence[int]) -> list[Any]:
        return [
            self.charging.Line(key=key(), account=one, exact=Decimal(TAKES), used_at=USED_AT)
            for one in accounts
        ]

    def one(self, accounts: Sequence[int]) -> None:
        for account in accounts:
            [outcome] = self.charging.charge(self._lines([account]))
            assert outcome.verdict == "accepted"

    def batch(self, accounts: Sequence[int]) -> None:
        outcomes = self.charging.charge(self._lines(accounts))
        assert {outcome.verdict for outcome in outcomes} == {"accepted"}

    def balance(self, accounts: Sequence[int]) -> None:
        from accounts.models import Account
        from billing.balances import balance_of

        for account in accounts:
            assert balance_of(Account(pk=account)).available >= 0


RAW_ONE = """
WITH journal AS (
    INSERT INTO billing_journal (kind, effective_at, key, request_hash, legs, account_id)
    VALUES ('charge', %(at)s, 'charge:' || %(key)s, %(hash)s, 3, %(account)s) RETURNING id
), entries AS (
    INSERT INTO billing_entry (journal_id, account_id, wallet_id, lot_id, amount)
    SELECT journal.id, leg.* FROM journal, unnest(%(ledgers)s::smallint[],
        %(wallets)s::bigint[], %(lots)s::bigint[], %(amounts)s::bigint[]) leg
)
INSERT INTO billing_charge
    (key, request_hash, wallet_id, journal_id, exact, posted, used_at)
SELECT %(key)s, %(hash)s, %(account)s, id, %(exact)s, %(takes)s, %(at)s FROM journal
"""
RAW_BATCH = """
WITH given AS (
    SELECT * FROM unnest(%(keys)s::text[], %(accounts)s::bigint[], %(lots)s::bigint[])
        given(key, account, lot)
), journal AS (
    INSERT INTO billing_journal (kind, effective_at, key, request_hash, legs, account_id)
    SELECT 'charge', %(at)s, 'charge:' || key, %(hash)s, 3, account FROM given
    RETURNING id, key
), placed AS (
    SELECT journal.id, given.* FROM given JOIN journal ON journal.key = 'charge:' || given.key
), entries AS (
    INSERT INTO billing_entry (journal_id, account_id, wallet_id, lot_id, amount)
    SELECT id, 2010, account, lot, -%(takes)s FROM placed
    UNION ALL SELECT id, 4010, NULL, NULL, %(takes)s - %(tax)s FROM placed
    UNION ALL SELECT id, 2210, NULL, NULL, %(tax)s FROM placed
)
INSERT INTO billing_charge
    (key, request_hash, wallet_id, journal_id, exact, posted, used_at)
SELECT key, %(hash)s, account, id, %(takes)s, %(takes)s, %(at)s FROM placed
"""


class Raw:
    """The rows that ours writes, known beforehand, by one statement into the same tables."""

    def __init__(self) -> None:
        import psycopg
        from django.db import connection

        values = connection.get_connection_params()
        for name in ("cursor_factory", "context", "prepare_threshold"):
            values.pop(name, None)
        self.connection = psycopg.connect(**values, autocommit=True)
        found = self.connection.execute(
            "SELECT wallet_id, max(id) FROM billing_creditlot GROUP BY 1"
        )
        self.lots = dict(found.fetchall())
        self.always = {"at": USED_AT, "hash": HASH, "takes": TAKES, "tax": TAX}

    def one(self, accounts: Sequence[int]) -> None:
        for account in accounts:
            self.connection.execute(
                RAW_ONE,
                {
                    **self.always,
                    "key": key(),
                    "account": account,
                    "exact": Decimal(TAKES),
                    "ledgers": [2010, 4010, 2210],
                    "wallets": [account, None, None],
                    "lots": [self.lots[account], None, None],
                    "amounts": [-TAKES, TAKES - TAX, TAX],
                },
            )

    def batch(self, accounts: Sequence[int]) -> None:
        values = {
            **self.always,
            "keys": [key() for _ in accounts],
            "accounts": list(accounts),
            "lots": [self.lots[account] for account in accounts],
        }
        self.connection.execute(RAW_BATCH, values)


class Hordak:
    """As its documentation posts: a transaction with a leg for each account, checked by its
    triggers when it commits. It knows no lots, no floor and no keys."""

    def __init__(self) -> None:
        self.accounts: list[Any] = []

    def setup(self, accounts: Sequence[int]) -> None:
        from django.core.management import call_command
        from hordak.models import Account

        call_command("migrate", interactive=False, verbosity=0)
        for name, kind in (("Revenue", "IN"), ("VAT", "LI")):
            Account.objects.create(name=name, type=kind, currencies=["CNY"])
        for number in accounts:
            Account.objects.create(name=str(number), type="LI", currencies=["CNY"])

    def _load(self) -> None:
        if not self.accounts:
            from hordak.models import Account

            named = {account.name: account for account in Account.objects.all()}
            self.revenue, self.tax = named.pop("Revenue"), named.pop("VAT")
            self.named = {int(name): account for name, account in named.items()}
            self.accounts = list(self.named)

    def _post(self, number: int) -> None:
        from djmoney.money import Money
        from hordak.models import Leg, Transaction

        booked = Transaction.objects.create(description=key())
        whole, tax = Decimal(TAKES) / 10**6, Decimal(TAX) / 10**6
        Leg.objects.create(
            transaction=booked, account=self.named[number], debit=Money(whole, "CNY")
        )
        Leg.objects.create(
            transaction=booked, account=self.revenue, credit=Money(whole - tax, "CNY")
        )
        Leg.objects.create(transaction=booked, account=self.tax, credit=Money(tax, "CNY"))

    def one(self, accounts: Sequence[int]) -> None:
        from django.db import transaction

        for account in accounts:
            with transaction.atomic():
                self._post(account)

    def batch(self, accounts: Sequence[int]) -> None:
        from django.db import transaction

        with transaction.atomic():
            for account in accounts:
                self._post(account)

    def balance(self, accounts: Sequence[int]) -> None:
        for account in accounts:
            self.named[account].get_balance()


VARIANTS: dict[str, Callable[[], Any]] = {"ours": Ours, "raw": Raw, "hordak": Hordak}


def main() -> None:
    import django

    django.setup()
    variant = VARIANTS[sys.argv[1]]()
    for line in sys.stdin:
        told = json.loads(line)
        if isinstance(variant, Hordak) and told["verb"] != "setup":
            variant._load()
        began = time.perf_counter()
        getattr(variant, told["verb"])(told["accounts"])
        print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    main()
