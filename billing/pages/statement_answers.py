"""Statements as pages and files, for customers and staff alike."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import get_language, override

from accounts.models import Account, User
from billing import statements
from billing.money import shown
from billing.pages.statement_forms import (
    FORMATS,
    FileForm,
    StatementForm,
    Wanted,
    bookmark,
    months,
    opened,
    this_month,
    wanted,
)
from billing.statement_files import Row, csv_of, headings, row_of, write_xlsx
from billing.statement_log import note_download
from billing.statement_pdf import pdf_of
from billing.statements import Line, Statement, Total

PER_PAGE = 50
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


@dataclass(frozen=True)
class ShownLine:
    """A line and its amounts as pages write them."""

    line: Line
    row: Row

    @property
    def amount(self) -> str:
        """With its sign; nothing for what only moves between balances."""
        net = self.line.moved.total
        return f"{'+' if net > 0 else '−'}¥{shown(abs(net))}" if net else ""

    @property
    def amounts(self) -> list[str]:
        came_in, went_out, *after = self.row.amounts
        either = [f"¥{shown(micro)}" if micro else "" for micro in (came_in, went_out)]
        return [*either, *(f"¥{shown(micro)}" for micro in after)]

    @property
    def labelled(self) -> list[tuple[str, str]]:
        """The amounts with the headings of their columns."""
        return list(zip(headings()[4:], self.amounts, strict=True))


def page_of(account: Account, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the page of a statement shows: the form, and once it is answered the frame and
    the lines from the bookmark on. Without answers it is the month so far."""
    data = {**this_month(account), **asked} if "since" not in asked else asked
    form = StatementForm(data)
    found: dict[str, Any] = {
        "form": form,
        "file_form": FileForm(initial={"language": get_language()}),
        "months": _months(account),
    }
    if not form.is_valid():
        return found
    which = wanted(account, form)
    mark = asked.get("after", "")
    known, after = opened(which, mark) if mark else (None, None)
    statement = which.statement(known)
    lines = statements.lines(
        statement=statement, after=after, most=PER_PAGE + 1, detailed=which.detailed
    )
    zone = ZoneInfo(account.time_zone)
    shown_lines = [ShownLine(line, row_of(line, zone)) for line in lines[:PER_PAGE]]
    return {
        **found,
        "statement": statement,
        "totals": [_total(total) for total in statement.totals],
        "ends": _ends(statement),
        "formats": FORMATS,
        "wanted": which,
        "continued": after is not None,
        "lines": shown_lines,
        "more": _more(which, statement, lines) if len(lines) > PER_PAGE else "",
    }


def _total(total: Total) -> dict[str, Any]:
    return {
        "kind": total.kind.label,
        "count": total.count,
        "came_in": f"¥{shown(total.came_in)}",
        "went_out": f"¥{shown(total.went_out)}",
    }


def _ends(statement: Statement) -> dict[str, str]:
    closing = statement.closing
    amounts = {
        "opening": statement.opening.total,
        "closing": closing.total,
        "paid": closing.paid,
        "granted": closing.granted,
        "held": closing.held,
        "came_in": statement.came_in,
        "went_out": statement.went_out,
    }
    return {name: f"¥{shown(amount)}" for name, amount in amounts.items()}


def _months(account: Account) -> list[dict[str, Any]]:
    return [{**month, "query": urlencode(month)} for month in months(account)]


def _more(which: Wanted, statement: Statement, lines: list[Line]) -> str:
    days = {"since": which.first.isoformat(), "until": which.last.isoformat()}
    if which.detailed:
        days["detailed"] = "on"
    mark = bookmark(which, statement.known, lines[PER_PAGE - 1].place)
    return urlencode({**days, "after": mark})


def file_of(account: Account, form: FileForm, person: User) -> HttpResponseBase:
    """The file that a valid form asks for; noted. Raises `TooManyLines`."""
    which, kind = wanted(account, form), form.cleaned_data["format"]
    statement = which.statement()
    with override(form.cleaned_data["language"]):
        response = _file(statement, kind, which.detailed)
    note_download(
        account=account, person=person, form=kind.upper(), first=which.first, last=which.last
    )
    name = f"statement-{account.public_id}-{which.first}-{which.last}.{kind}"
    response["Content-Type"] = TYPES[kind]
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _file(statement: Statement, kind: str, detailed: bool) -> HttpResponseBase:
    if kind == "pdf":
        return HttpResponse(pdf_of(statement, detailed=detailed))
    if kind == "xlsx":
        into = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by the response
        try:
            write_xlsx(statement, into=into, detailed=detailed)
        except BaseException:
            into.close()
            raise
        into.seek(0)
        return FileResponse(into)
    parts = csv_of(statement, detailed=detailed)
    return StreamingHttpResponse(parts)
