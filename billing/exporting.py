"""Journals, entries and charges as lines of CSV, written while they are read.

Rows are fetched piece by piece in the order of their numbers, so any number of them stays
out of memory and no transaction is held open while somebody downloads.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any

from django.db.models import QuerySet

from billing.models import Charge, Entry, Journal
from billing.money import yuan_of

FETCHED = 2_000
FORMULA = tuple("=+-@\t\r\n")


@dataclass(frozen=True)
class Export:
    """Columns of a file: its heads, what each row says, and the tables that needs."""

    heads: Sequence[str]
    row: Callable[[Any], Sequence[Any]]
    joined: Sequence[str] = ()
    prefetched: Sequence[str] = ()


def lines_of(name: str, rows: QuerySet[Any]) -> Iterator[str]:
    """The file's lines, its heads first. `rows` may be filtered in any way."""
    export = EXPORTS[name]
    # A mark by which spreadsheets know the letters.
    yield "\ufeff" + _line(export.heads)
    rows = rows.order_by("pk").defer(None).prefetch_related(None)
    rows = rows.select_related(*export.joined).prefetch_related(*export.prefetched)
    after = 0
    while True:
        piece = list(rows.filter(pk__gt=after)[:FETCHED])
        yield "".join(_line(export.row(record)) for record in piece)
        if len(piece) < FETCHED:
            return
        after = piece[-1].pk


def _line(cells: Sequence[Any]) -> str:
    written = StringIO()
    csv.writer(written).writerow([cell(value) for value in cells])
    return written.getvalue()


def cell(value: Any) -> str:
    """A value as a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


def _journal(journal: Journal) -> Sequence[Any]:
    turnover = sum(entry.amount for entry in journal.entries.all() if entry.amount > 0)
    return (
        journal.pk,
        journal.kind,
        journal.account.public_id if journal.account else None,
        journal.account.name if journal.account else None,
        yuan_of(turnover),
        journal.effective_at,
        journal.recorded_at,
        journal.key,
        journal.reverses_id,
        journal.request.public_id if journal.request else None,
        journal.memo,
    )


def _entry(entry: Entry) -> Sequence[Any]:
    return (
        entry.pk,
        entry.journal_id,
        entry.journal.kind,
        entry.journal.effective_at,
        entry.journal.recorded_at,
        entry.account_id,
        entry.wallet.account.public_id if entry.wallet else None,
        entry.lot_id,
        yuan_of(-entry.amount) if entry.amount < 0 else None,
        yuan_of(entry.amount) if entry.amount > 0 else None,
    )


def _charge(charge: Charge) -> Sequence[Any]:
    return (
        charge.pk,
        charge.key,
        charge.wallet.account.public_id,
        charge.journal_id,
        yuan_of(charge.posted),
        charge.exact,
        charge.used_at,
        charge.recorded_at,
        charge.api_key.public_id if charge.api_key else None,
        charge.service.slug if charge.service else None,
        charge.model.slug if charge.model else None,
        charge.region.slug if charge.region else None,
    )


# Heads are the same in every language, for whatever reads the files.
EXPORTS = {
    "journals": Export(
        (
            "journal",
            "kind",
            "account",
            "name",
            "amount_cny",
            "effective_at",
            "recorded_at",
            "key",
            "reverses",
            "request",
            "memo",
        ),
        _journal,
        joined=("account", "request"),
        prefetched=("entries",),
    ),
    "entries": Export(
        (
            "entry",
            "journal",
            "kind",
            "effective_at",
            "recorded_at",
            "ledger_account",
            "account",
            "lot",
            "debit_cny",
            "credit_cny",
        ),
        _entry,
        joined=("journal", "wallet__account"),
    ),
    "charges": Export(
        (
            "charge",
            "key",
            "account",
            "journal",
            "amount_cny",
            "rated_micro_cny",
            "used_at",
            "recorded_at",
            "api_key",
            "service",
            "model",
            "region",
        ),
        _charge,
        joined=("wallet__account", "api_key", "service", "model", "region"),
    ),
}
