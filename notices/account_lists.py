"""Accounts named in a list: pasted, or in a file that another system exported.

A list is taken whole or not at all: one line that names nobody, and nothing is chosen.
Names are account identifiers (`acc_…`) or the references accounts have elsewhere. However
long the list, it is looked up in one statement and written down in another.
"""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from notices.acting import lock
from notices.exceptions import ListRefused
from notices.models import ServiceChange

MOST_BYTES = 20 * 1024 * 1024
MOST_LINES = 200_000
SHOWN = 20
LONGEST_NAME = 80  # of a reference elsewhere, the longer of the two
# How the column of accounts may be called, without blanks and underscores, in lower case.
HEADINGS = frozenset(
    (
        "account", "accountid", "accountidentifier", "identifier", "id", "publicid",
        "externalref", "externalreference", "reference", "referenceelsewhere", "accountref",
        "账号", "账号标识", "标识", "账号编号", "编号", "外部编号", "账户", "账户编号",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Named:
    """What a line of a list says, lines counted from 1."""

    line: int
    name: str


def read_lines(text: str) -> list[Named]:
    """One name a line; empty lines are passed over."""
    return [
        Named(line, name.strip())
        for line, name in enumerate(text.splitlines(), start=1)
        if name.strip()
    ]


def read_file(source: bytes) -> list[Named]:
    """The column of accounts of a CSV file, in UTF-8 or GB18030, with or without headings.

    Raises `ListRefused` for a file that is too large or cannot be read as one.
    """
    if len(source) > MOST_BYTES:
        raise ListRefused([_("The file is larger than %d MB.") % (MOST_BYTES // 1024 // 1024)])
    text = _decoded(source)
    rows = _rows(text)
    first = next(rows, None)
    if first is None:
        raise ListRefused([_("The file is empty.")])
    column = _column(first[1])
    found = [] if column is not None else list(_cells([first], 0))
    found += _cells(rows, column or 0)
    if len(found) > MOST_LINES:
        raise ListRefused([_("More than %d lines: split the list.") % MOST_LINES])
    if not found:
        raise ListRefused([_("The file names no account.")])
    return found


def _decoded(source: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return source.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ListRefused([_("The file is neither in UTF-8 nor in GB18030. Save it as CSV.")])


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    beginning = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(",;\t", key=beginning.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise ListRefused(
            [_("Line %(line)d cannot be read: is a quotation mark missing?")
             % {"line": reader.line_num}]
        ) from error  # fmt: skip


def _column(headings: Sequence[str]) -> int | None:
    """Which column names the accounts; None for a list that begins without headings."""
    names = ["".join(cell.lower().replace("_", " ").split()) for cell in headings]
    for place, name in enumerate(names):
        if name in HEADINGS:
            return place
    if len([name for name in names if name]) > 1:
        raise ListRefused([_("Line 1: call the column of accounts account_id or external_ref.")])
    return None


def _cells(rows: Iterable[tuple[int, list[str]]], column: int) -> Iterator[Named]:
    for line, row in rows:
        name = row[column].strip() if column < len(row) else ""
        if name or any(cell.strip() for cell in row):
            yield Named(line, name)


_LOOK_UP = """
SELECT given.line, given.name, coalesce(by_id.id, by_reference.id)
FROM unnest(%s::int[], %s::text[]) AS given (line, name)
LEFT JOIN accounts_account by_id ON by_id.public_id = given.name
LEFT JOIN accounts_account by_reference ON by_reference.external_ref = given.name
"""


def look_up(named: Sequence[Named]) -> set[int]:
    """The accounts' primary keys. Raises `ListRefused` with a sentence per line that names
    nobody, the first `SHOWN` of them."""
    sound = [one for one in named if "\x00" not in one.name and len(one.name) <= LONGEST_NAME]
    found: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_UP, [[one.line for one in sound], [one.name for one in sound]])
        found = {line: account for line, _name, account in cursor.fetchall() if account}
    unknown = [one for one in named if one.line not in found]
    if unknown:
        raise ListRefused([*map(_nobody, unknown[:SHOWN]), *_and_more(len(unknown) - SHOWN)])
    return set(found.values())


def _nobody(one: Named) -> str:
    if not one.name:
        return _("Line %(line)d names no account.") % {"line": one.line}
    return _("Line %(line)d: there is no account “%(name)s”.") % {
        "line": one.line,
        "name": one.name[:40],
    }


def _and_more(count: int) -> list[str]:
    return [_("And %d lines more.") % count] if count > 0 else []


@transaction.atomic
def choose(*, change: ServiceChange, account_ids: Collection[int]) -> None:
    """Sets whom a draft is for, replacing an earlier choice; as `changes.choose_accounts`,
    for any number of accounts."""
    locked = lock(change, states=[ServiceChange.State.DRAFT], act=_("edit"))
    given: dict[str, Any] = {"change": locked.pk, "accounts": sorted(account_ids)}
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM notices_concernedaccount concerned WHERE change_id = %(change)s"
            " AND NOT EXISTS (SELECT FROM unnest(%(accounts)s::bigint[]) AS chosen (id)"
            "  WHERE chosen.id = concerned.account_id)",
            given,
        )
        cursor.execute(
            "INSERT INTO notices_concernedaccount (change_id, account_id, round)"
            " SELECT %(change)s, chosen.id, 1 FROM unnest(%(accounts)s::bigint[]) AS chosen (id)"
            " ON CONFLICT (change_id, account_id) DO NOTHING",
            given,
        )
