"""Statements as files: CSV of any length, XLSX, and a PDF to read, in the language in use.

In CSV and XLSX text cannot become a formula, whatever a customer is called or a memo says:
in CSV it is made text by an apostrophe, in XLSX it is written as text. Amounts are numbers,
in yuan: exact in CSV; to fifteen digits in XLSX, which has no more.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import IO
from zoneinfo import ZoneInfo

import xlsxwriter
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from billing.as_of import Balances
from billing.exceptions import TooManyLines
from billing.models import Kind
from billing.money import yuan_of
from billing.statements import Line, Statement, all_lines, pages

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MOST_XLSX_LINES = 100_000
DECIMALS = "#,##0.00####"


@dataclass(frozen=True)
class Row:
    """A line as files show it: text, then micro-yuan; `when` is a day for a day's usage."""

    when: datetime | date
    kind: str
    what: str
    journal: str
    amounts: tuple[int, ...]

    @property
    def moment(self) -> str:
        return f"{self.when:%Y-%m-%d %H:%M:%S}" if self.has_time else f"{self.when:%Y-%m-%d}"

    @property
    def has_time(self) -> bool:
        return isinstance(self.when, datetime)


def headings() -> list[str]:
    """Of the columns of a row, in the language in use."""
    return [
        _("Time"),
        _("Kind"),
        _("What for"),
        _("Journal"),
        _("In"),
        _("Out"),
        _("Paid"),
        _("Granted"),
        _("On hold"),
        _("Balance"),
    ]


def what_for(line: Line) -> str:
    """What a movement was for, in words."""
    if line.kind is Kind.CHARGE:
        model = line.model or _("Usage")
        charges = ngettext("%(count)d charge", "%(count)d charges", line.count)
        return model if line.journal else f"{model} · {charges % {'count': line.count}}"
    undone = _("Undoes: %s") % line.reversed.label if line.reversed else ""
    return " · ".join(filter(None, [undone, line.memo]))


def row_of(line: Line, zone: ZoneInfo) -> Row:
    moment = line.place.at.astimezone(zone).replace(tzinfo=None)
    return Row(
        when=moment if line.journal else line.place.day,
        kind=str(line.kind.label),
        what=what_for(line),
        journal=str(line.journal or ""),
        amounts=(line.came_in, line.went_out, *_columns(line.place.after)),
    )


def _columns(after: Balances) -> tuple[int, int, int, int]:
    return after.paid, after.granted, after.held, after.total


def _ends(statement: Statement) -> tuple[Row, Row]:
    """The first row and the last: balances at either end."""
    zone = ZoneInfo(statement.account.time_zone)
    begins = statement.since.astimezone(zone).replace(tzinfo=None)
    ends = statement.until.astimezone(zone).replace(tzinfo=None)
    opening = Row(begins, _("Opening balance"), "", "", (0, 0, *_columns(statement.opening)))
    came_in, went_out = statement.came_in, statement.went_out
    closing = _columns(statement.closing)
    return opening, Row(ends, _("Closing balance"), "", "", (came_in, went_out, *closing))


# -- CSV -----------------------------------------------------------------------------------


def as_text(text: str) -> str:
    """`text`, not to be taken for a formula by a spreadsheet."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_of(statement: Statement, *, detailed: bool = False) -> Iterator[bytes]:
    """The statement as CSV (UTF-8 with a byte order mark), in parts, of any length."""
    language = get_language() or "zh-hans"
    zone = ZoneInfo(statement.account.time_zone)
    with override(language):
        opening, closing = _ends(statement)
        yield "\ufeff".encode() + _written([list(map(as_text, headings())), _cells(opening)])
    for page in pages(statement, detailed=detailed):
        # Between two parts the thread serves others, in their languages.
        with override(language):
            part = _written([_cells(row_of(line, zone)) for line in page])
        yield part
    yield _written([_cells(closing)])


def _cells(row: Row) -> list[str]:
    texts = [row.moment, row.kind, row.what, row.journal]
    return [*map(as_text, texts), *(f"{yuan_of(amount):f}" for amount in row.amounts)]


def _written(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


# -- XLSX ----------------------------------------------------------------------------------


def write_xlsx(statement: Statement, *, into: IO[bytes], detailed: bool = False) -> None:
    """Writes the statement as a workbook of one sheet, row by row. Raises `TooManyLines`
    beyond `MOST_XLSX_LINES`."""
    book = xlsxwriter.Workbook(
        into,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True, "bottom": 1})
    amount = book.add_format({"num_format": DECIMALS})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 3, 24)
    sheet.set_column(4, 9, 16)
    for column, heading in enumerate(headings()):
        sheet.write_string(0, column, heading, bold)
    try:
        for number, row in enumerate(_rows(statement, detailed), start=1):
            sheet.write_datetime(number, 0, row.when, moment if row.has_time else day)
            for column, text in enumerate((row.kind, row.what, row.journal), start=1):
                sheet.write_string(number, column, text)
            for column, micro in enumerate(row.amounts, start=4):
                sheet.write_number(number, column, yuan_of(micro), amount)
    finally:
        book.close()  # removes what it put aside


def _rows(statement: Statement, detailed: bool) -> Iterator[Row]:
    opening, closing = _ends(statement)
    zone = ZoneInfo(statement.account.time_zone)
    found = all_lines(statement, detailed=detailed)
    yield opening
    for line in islice(found, MOST_XLSX_LINES):
        yield row_of(line, zone)
    if next(found, None) is not None:
        raise TooManyLines(
            _("There are more than %(most)s lines. Download them as CSV, or choose fewer days.")
            % {"most": f"{MOST_XLSX_LINES:,}"}
        )
    yield closing
