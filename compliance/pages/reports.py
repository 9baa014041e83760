"""Reporting without an account, and following a report by its receipt number."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from common import clock
from common.exceptions import BackOfficeError
from compliance import appeals, evidence, report_reading, reports, tracking
from compliance.models import Evidence, Report
from compliance.models.reports import receipt_in
from compliance.pages import limits
from compliance.pages.report_forms import ObjectionForm, PublicReportForm, ReceiptForm
from compliance.pages.uploads import takes_files
from compliance.reports import Reporter
from compliance.subjects import account_named

READ_OR_POST = ("GET", "HEAD", "POST")


@takes_files
@never_cache
@require_http_methods(READ_OR_POST)
def report(request: HttpRequest) -> HttpResponse:
    """The form for everybody. A report leads to its tracking page, with the receipt."""
    form = PublicReportForm(request.POST or None, request.FILES or None)
    if not form.is_valid():
        return _show_form(request, form)
    if not limits.take(request, "report"):
        form.add_error(None, _too_many())
        return _show_form(request, form, status=429)
    try:
        made = _file(form.cleaned_data)
    except BackOfficeError as refusal:
        form.add_error(None, str(refusal))
        return _show_form(request, form)
    messages.success(
        request, _("We have your report. Keep its receipt number: it opens this page.")
    )
    return redirect("report_tracking", made.receipt)


def _file(answers: dict[str, Any]) -> Report:
    about, about_text = account_named(answers["account"], answers["name"])
    return reports.file(
        channel=Report.Channel.PUBLIC,
        kind=answers["reason"].kind,
        policy=answers["reason"].policy,
        statement=answers["statement"],
        about=about,
        about_text=about_text,
        location=answers["location"],
        reporter=Reporter(
            name=answers["contact_name"],
            email=answers["contact_email"],
            language=get_language(),
        ),
        files=answers["attachments"],
        at=clock.now(),
    )


def _show_form(request: HttpRequest, form: PublicReportForm, *, status: int = 200) -> HttpResponse:
    looked_at, answered = tracking.usual_days()
    context = {
        "form": form,
        "receipt_form": ReceiptForm(),
        "looked_at": looked_at,
        "answered": answered,
    }
    return render(request, "customer/reports/report.html", context, status=status)


def _too_many() -> str:
    return _(
        "So many reports came from your network today that we take no more until tomorrow. "
        "Nothing you typed is lost: send it again then, or write to support."
    )


@require_http_methods(("GET", "HEAD"))
def track(request: HttpRequest) -> HttpResponse:
    """Leads from a typed receipt number to its page."""
    return redirect("report_tracking", receipt_in(request.GET.get("receipt", "")) or "-")


@takes_files
@never_cache
@require_http_methods(READ_OR_POST)
def tracked(request: HttpRequest, receipt: str) -> HttpResponse:
    """How a report stands. Unknown and malformed numbers are answered alike, and so are all
    numbers to who has tried too many."""
    if not limits.has_left(request, "receipt"):
        return render(request, "customer/reports/too_many.html", status=429)
    found = tracking.found(receipt)
    if found is None:
        limits.take(request, "receipt")
        context = {"receipt_form": ReceiptForm()}
        return render(request, "customer/reports/unknown.html", context, status=404)
    if request.method == "POST":
        return _object(request, found)
    return _show(request, found, ObjectionForm())


def _object(request: HttpRequest, report: Report) -> HttpResponse:
    """The reporter does not agree with "no action"."""
    form = ObjectionForm(request.POST, request.FILES)
    at = clock.now()
    standing = tracking.standing(report, at=at)
    if standing.outcome is None or standing.appeal_until is None:
        messages.error(request, _("There is nothing to object to, or no longer."))
        return redirect("report_tracking", report.receipt)
    if not form.is_valid():
        return _show(request, report, form)
    if not limits.take(request, "objection"):
        form.add_error(None, _too_many())
        return _show(request, report, form, status=429)
    try:
        with transaction.atomic():
            files = [
                evidence.add(
                    case=report.case,
                    content=one.content,
                    name=one.name,
                    source=Evidence.Source.REPORTER,
                    added_by=report.reporter,
                    at=at,
                )
                for one in form.cleaned_data["attachments"]
            ]
            appeals.appeal_of_outcome(
                outcome=standing.outcome, text=form.cleaned_data["text"], files=files, at=at
            )
    except BackOfficeError as refusal:
        form.add_error(None, str(refusal))
        return _show(request, report, form)
    messages.success(request, _("We have your objection. Somebody else looks at it."))
    return redirect("report_tracking", report.receipt)


def _show(
    request: HttpRequest, report: Report, form: ObjectionForm, *, status: int = 200
) -> HttpResponse:
    looked_at, answered = tracking.usual_days()
    reader = request.user
    context = {
        "standing": tracking.standing(report, at=clock.now()),
        "looked_at": looked_at,
        "answered": answered,
        "form": form,
        "own": _own_words(report, reader) if isinstance(reader, User) else None,
    }
    return render(request, "customer/reports/tracking.html", context, status=status)


def _own_words(report: Report, reader: User) -> dict[str, Any] | None:
    """What was reported, for its signed-in reporter: whoever found the number is not told."""
    if report.reporter_id != reader.pk:
        return None
    return {
        "about": report.about_text,
        "location": report.location,
        "statement": report_reading.statement_of(report, reader=reader),
        "files": report.files.order_by("pk"),
    }
