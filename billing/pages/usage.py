"""Usage: every charge, sums of them, and the file of them."""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.models import Account, ApiKey, InferenceModel, Membership, Region, Service
from accounts.pages.requests import SignedInRequest
from billing import usage
from billing.applications import FEES_CLAUSE, clause_agreed
from billing.models import Charge
from billing.money import yuan_of
from billing.pages.forms import UsageForm
from billing.pages.members import frame, seen_by_members
from common import clock

PER_PAGE = 50
WAYS = ("day", "model", "api_key")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@seen_by_members
def index(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """The charges of a period, newest first, or their sums (`?by=day|model|api_key`)."""
    form = _form(request, membership)
    by = request.GET.get("by", "")
    context: dict[str, Any] = {**frame(membership), "form": form, "by": by if by in WAYS else ""}
    if form.is_valid():
        selection = _selection(membership, form)
        context["query"] = _query(form)
        if context["by"]:
            context |= _sums(selection, by)
        else:
            context |= _rows(selection, request.GET.get("after", ""))
    return render(request, "customer/money/usage.html", context)


def _form(request: SignedInRequest, membership: Membership) -> UsageForm:
    account = membership.account
    today = usage.today(account, at=clock.now())
    return UsageForm(request.GET, account=account, today=today)


def _selection(membership: Membership, form: UsageForm) -> usage.Selection:
    asked = form.cleaned_data
    return usage.of_days(
        membership.account,
        asked["since"],
        asked["until"],
        api_key=asked["key"],
        model=asked["model"],
    )


def _query(form: UsageForm) -> str:
    """The filter as it goes on in addresses."""
    asked = form.cleaned_data
    chosen = {
        "since": asked["since"].isoformat(),
        "until": asked["until"].isoformat(),
        "key": asked["key"].public_id if asked["key"] else "",
        "model": asked["model"].slug if asked["model"] else "",
    }
    return urlencode({name: value for name, value in chosen.items() if value})


def _rows(selection: usage.Selection, named: str) -> dict[str, Any]:
    after = place_named(named)
    rows = usage.newest_first(selection, after=after, most=PER_PAGE + 1)
    shown, more = rows[:PER_PAGE], len(rows) > PER_PAGE
    return {
        "charges": shown,
        "is_first": after is None,
        "older": name_of(shown[-1]) if more else "",
    }


def name_of(charge: Charge) -> str:
    """The place after a charge, as addresses name it: its microsecond and its number."""
    return f"{round(charge.used_at.timestamp() * 1_000_000)}-{charge.pk}"


def place_named(named: str) -> usage.Place | None:
    """The place an address names; the first page for whatever cannot be one."""
    micro, _dash, pk = named.partition("-")
    if not (micro.isascii() and micro.isdigit() and pk.isascii() and pk.isdigit()):
        return None
    try:
        seconds, rest = divmod(int(micro), 1_000_000)
        moment = datetime.fromtimestamp(seconds, tz=ZoneInfo("UTC")).replace(microsecond=rest)
    except (ValueError, OverflowError, OSError):
        return None
    return (moment, int(pk)) if int(pk) < 2**63 else None


def _sums(selection: usage.Selection, by: str) -> dict[str, Any]:
    found = usage.cells(selection)
    sums = usage.added_up(found, by)
    names: dict[Any, Any] = {}
    if by == "model":
        names = InferenceModel.objects.in_bulk([pk for pk in sums if pk])
    elif by == "api_key":
        names = ApiKey.objects.filter(account=selection.account).in_bulk([pk for pk in sums if pk])
    return {
        "sums": [(names.get(one, one if by == "day" else None), of) for one, of in sums.items()],
        "total": usage.total(found),
    }


@seen_by_members
def charge(request: SignedInRequest, membership: Membership, number: int) -> HttpResponse:
    """One charge: what was rated exactly, what was taken, and what can be done about it."""
    related = ("api_key", "model", "service", "region", "journal__reversed_by")
    found = get_object_or_404(
        Charge.objects.select_related(*related), pk=number, wallet=membership.account_id
    )
    entries = (
        found.journal.entries.filter(wallet=membership.account_id).select_related("lot")
        if found.journal
        else []
    )
    context = {
        **frame(membership),
        "charge": found,
        "entries": [(entry, -entry.amount) for entry in entries],
        "correction": getattr(found.journal, "reversed_by", None),
        "clause_number": FEES_CLAUSE,
        "clause": clause_agreed(membership.account, clock.now()),
    }
    return render(request, "customer/money/charge.html", context)


class _Echo:
    """Gives back what is written, for a writer without a file."""

    def write(self, line: str) -> str:
        return line


@seen_by_members
def download(request: SignedInRequest, membership: Membership) -> HttpResponseBase:
    """The charges of the filter as CSV, streamed, newest first; moments in the account's
    zone. No cell is a formula to a spreadsheet."""
    form = _form(request, membership)
    if not form.is_valid():
        return redirect("money_usage", membership.account.public_id)
    selection = _selection(membership, form)
    asked = form.cleaned_data
    name = f"usage-{membership.account.public_id}-{asked['since']}-{asked['until']}.csv"
    return StreamingHttpResponse(
        _lines(selection),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(selection: usage.Selection) -> Iterator[str]:
    writer = csv.writer(_Echo())
    zone = ZoneInfo(selection.account.time_zone)
    names = _Names(selection.account)
    # Spreadsheets take a file without it for one in the encoding of their country.
    yield "\ufeff"
    yield writer.writerow(_headings())
    for row in usage.every_row(selection):
        yield writer.writerow([harmless(cell) for cell in _cells(row, zone, names)])


class _Names:
    """What services, models, regions and the account's keys are called."""

    def __init__(self, account: Account) -> None:
        self.services = _called(Service.objects.all())
        self.models = _called(InferenceModel.objects.all())
        self.regions = _called(Region.objects.all())
        self.keys = _called(ApiKey.objects.filter(account=account))


def _called(things: Any) -> dict[int | None, str]:
    return {one.pk: str(one) for one in things}


def _headings() -> list[str]:
    return [
        _("Used at"),
        _("Service"),
        _("Model"),
        _("Region"),
        _("Key"),
        _("Rated (CNY)"),
        _("Taken (CNY)"),
        _("Corrected"),
        _("Reference"),
    ]


def _cells(row: usage.Row, zone: ZoneInfo, names: _Names) -> list[str]:
    return [
        row.used_at.astimezone(zone).isoformat(sep=" ", timespec="milliseconds"),
        names.services.get(row.service, ""),
        names.models.get(row.model, ""),
        names.regions.get(row.region, ""),
        names.keys.get(row.api_key, ""),
        f"{row.exact.scaleb(-6):f}",
        f"{yuan_of(row.posted):f}",
        _("yes") if row.correction else "",
        row.key,
    ]


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
