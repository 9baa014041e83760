"""Reading the files of banks: bytes and a mapping in, lines out. Nothing is written."""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from billing.exceptions import NotAnAmount, UnreadableStatement
from billing.models import BankMapping
from billing.money import micro_of

MOST_BYTES = 10 * 1024 * 1024
MOST_LINES = 20_000
EARLIEST = date(2000, 1, 1)
# What banks put around numbers and identifiers, spreadsheets' protection of digits included.
AROUND = " \t\u00a0\u3000'=\""
YUAN_SIGNS = ("¥", "￥", "CNY", "RMB")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the file. `amount` in micro-yuan: money out has a minus. `refusal` says why
    a line cannot be booked; then the rest may be missing."""

    number: int
    received_on: date | None = None
    amount: int = 0
    payer_name: str = ""
    payer_account: str = ""
    reference: str = ""
    fingerprint: str = ""
    refusal: str = ""


def text_of(content: bytes) -> str:
    """The text of a bank's file, in UTF-8 or GB18030. Raises `UnreadableStatement`."""
    if len(content) > MOST_BYTES:
        raise UnreadableStatement(_("The file is larger than 10 MB. Ask the bank for fewer days."))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise UnreadableStatement(_("This is no CSV file in UTF-8 or GB18030."))


def read(content: bytes, mapping: BankMapping, *, today: date) -> list[Line]:
    """The lines of a file in order. Raises `UnreadableStatement` when the mapping does not
    fit the file; a line that makes no sense only says so itself."""
    rows = csv.reader(io.StringIO(text_of(content), newline=""), delimiter=mapping.delimiter)
    seen: Counter[str] = Counter()
    try:
        places = _places(rows, mapping)
        lines: list[Line] = []
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if len(lines) >= MOST_LINES:
                raise UnreadableStatement(
                    _("The file has more than %d lines. Upload it in parts.") % MOST_LINES
                )
            lines.append(_line(rows.line_num, row, places, mapping, seen, today))
    except csv.Error:
        raise UnreadableStatement(_("The file is no CSV file with this delimiter.")) from None
    if not lines:
        raise UnreadableStatement(_("There are no lines below the headings."))
    return lines


def _places(rows: Iterator[list[str]], mapping: BankMapping) -> dict[str, int]:
    """Where each column of the mapping is."""
    for _skipped in range(mapping.lines_before):
        next(rows, None)
    headings = [_bare(cell) for cell in next(rows, [])]
    places = {}
    for field in (
        "date",
        "amount",
        "credit",
        "debit",
        "payer_name",
        "payer_account",
        "reference",
        "serial",
    ):
        wanted = getattr(mapping, f"{field}_column")
        if not wanted:
            continue
        if _bare(wanted) not in headings:
            raise UnreadableStatement(
                _("There is no column “%(column)s”. The headings are: %(headings)s.")
                % {"column": wanted, "headings": ", ".join(headings[:20]) or "–"}
            )
        places[field] = headings.index(_bare(wanted))
    return places


def _bare(cell: str) -> str:
    return cell.strip(AROUND + "\ufeff")


def _line(
    number: int,
    row: list[str],
    places: dict[str, int],
    mapping: BankMapping,
    seen: Counter[str],
    today: date,
) -> Line:
    cells = {field: _bare(row[at]) if at < len(row) else "" for field, at in places.items()}
    try:
        received_on = _day(cells["date"], mapping.date_format, today)
        amount = _amount(cells, mapping)
    except (UnreadableStatement, NotAnAmount) as refusal:
        return Line(number=number, refusal=str(refusal))
    line = Line(
        number=number,
        received_on=received_on,
        amount=amount,
        payer_name=cells.get("payer_name", "")[:200],
        payer_account=cells.get("payer_account", "")[:60],
        reference=cells.get("reference", "")[:300],
        fingerprint=_fingerprint(cells.get("serial", ""), row, seen),
    )
    if not line.fingerprint:
        return Line(number=number, refusal=_("The serial number is longer than 100 characters."))
    return line


def _fingerprint(serial: str, row: list[str], seen: Counter[str]) -> str:
    """The bank's number; else a hash of the line and which of its equals in the file it is,
    for two payments may be alike to the letter."""
    if serial:
        return f"serial:{serial}" if len(serial) <= 100 else ""
    digest = hashlib.sha256("\x1f".join(map(_bare, row)).encode()).hexdigest()
    seen[digest] += 1
    return f"line:{digest}:{seen[digest]}"


def _day(written: str, style: str, today: date) -> date:
    # A time may follow the day; it does not matter.
    for text in (written, written.split(" ")[0], written.split("T")[0]):
        try:
            day = datetime.strptime(text, style).date()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
        if not EARLIEST <= day <= today:
            raise UnreadableStatement(_("No money came in on %s: that day is not over.") % written)
        return day
    raise UnreadableStatement(_("“%s” is no day as the mapping writes it.") % written[:40])


def _amount(cells: dict[str, str], mapping: BankMapping) -> int:
    if "amount" in cells:
        return micro_of(_number(cells["amount"], mapping))
    credit, debit = (
        abs(micro_of(_number(cells[side], mapping))) if cells.get(side) else 0
        for side in ("credit", "debit")
    )
    return credit - debit


def _number(written: str, mapping: BankMapping) -> Decimal:
    """`1,280.50` or `1.280,50`, with or without a sign of the currency."""
    text = written
    for sign in YUAN_SIGNS:
        text = text.replace(sign, "")
    point, group = (".", ",") if mapping.decimal_style == "point" else (",", ".")
    whole, _point, parts = text.replace(" ", "").partition(point)
    if group in parts or (_point and point in parts):
        raise NotAnAmount(_("“%s” is no amount as the mapping writes it.") % written[:40])
    try:
        return Decimal(f"{whole.replace(group, '')}.{parts or '0'}")
    except InvalidOperation:
        raise NotAnAmount(_("“%s” is no amount as the mapping writes it.") % written[:40]) from None
