"""A statement as a PDF: tagged, with a letterhead, page numbers and the running balance.

Set from `letterhead/statement.typ`.
"""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.exceptions import TooManyLines
from billing.money import shown
from billing.statement_files import headings, row_of
from billing.statements import Statement, lines
from common.typesetting import typeset

LETTERHEAD = Path(__file__).parent / "letterhead"
# About seventy pages, some seconds of work; who wants more wants to calculate with it.
MOST_LINES = 2_000


def pdf_of(statement: Statement, *, detailed: bool = False) -> bytes:
    """The statement as a PDF in the language in use; the same bytes for the same statement.
    Raises `TooManyLines` beyond `MOST_LINES`, with what to do instead."""
    found = lines(statement=statement, most=MOST_LINES + 1, detailed=detailed)
    if len(found) > MOST_LINES:
        raise TooManyLines(
            _(
                "A PDF of more than %(most)s lines is nothing to read. Download them as CSV, "
                "or choose fewer days."
            )
            % {"most": f"{MOST_LINES:,}"}
        )
    zone = ZoneInfo(statement.account.time_zone)
    rows = [row_of(line, zone) for line in found]
    contents = {
        **_frame(statement, zone),
        "headings": headings(),
        "rows": [
            [
                row.moment,
                row.kind,
                row.what,
                *_amounts(row.amounts[:2], blank=True),
                *_amounts(row.amounts[2:]),
            ]
            for row in rows
        ],
    }
    return typeset(LETTERHEAD / "statement.typ", contents, at=statement.known)


def _amounts(amounts: tuple[int, ...], *, blank: bool = False) -> list[str]:
    return ["" if blank and not micro else shown(micro) for micro in amounts]


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _frame(statement: Statement, zone: ZoneInfo) -> dict[str, Any]:
    account = statement.account
    english = (get_language() or "").startswith("en")
    return {
        "lang": "en" if english else "zh",
        "region": None if english else "CN",
        "title": _("Statement of account"),
        "page": _("Page"),
        "note": _("Amounts are in CNY. This statement is not an invoice (fapiao)."),
        "movements": _("Movements"),
        "summary": _("Summary"),
        "nothing": _("Nothing moved in this period."),
        "facts": [
            [_("Account"), account.name or account.public_id],
            [_("Identifier"), account.public_id],
            [
                _("Period"),
                _("from %(since)s to before %(until)s")
                % {"since": _day(statement.since, zone), "until": _day(statement.until, zone)},
            ],
            [_("Time zone"), account.time_zone],
            [_("Drawn at"), f"{statement.known.astimezone(zone):%Y-%m-%d %H:%M:%S}"],
        ],
        "sums": [_("Kind"), _("Number"), _("In"), _("Out"), _("Balance")],
        "totals": [
            [_("Opening balance"), "", "", "", shown(statement.opening.total)],
            *(
                [
                    str(total.kind.label),
                    str(total.count),
                    *_amounts((total.came_in, total.went_out), blank=True),
                    "",
                ]
                for total in statement.totals
            ),
            [
                _("Closing balance"),
                str(statement.count),
                shown(statement.came_in),
                shown(statement.went_out),
                shown(statement.closing.total),
            ],
        ],
    }
