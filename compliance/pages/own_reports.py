"""Customers report other accounts (1.5), and see how their own reports stand.

Each side sees its own part only: here are a person's own reports. What the other side is
asked and tells us is on its own pages.
"""

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Account, User
from accounts.pages.requests import SignedInRequest
from common import clock
from common.exceptions import BackOfficeError
from compliance import reports, tracking
from compliance.models import Report
from compliance.pages.report_forms import CustomerReportForm
from compliance.pages.uploads import takes_files
from compliance.reports import Reporter
from compliance.subjects import account_named

ON_A_PAGE = 20


@require_safe
@login_required
def index(request: SignedInRequest) -> HttpResponse:
    """The person's own reports, newest first, each with how far it is."""
    own = Report.objects.made_by(request.user).select_related("reporter_account").order_by("-pk")
    page = Paginator(own, ON_A_PAGE).get_page(request.GET.get("page"))
    stages = tracking.stages_of(list(page))
    context = {"page": page, "rows": [(one, stages[one.pk]) for one in page]}
    return render(request, "customer/reports/own.html", context)


@takes_files
@login_required
@require_http_methods(("GET", "HEAD", "POST"))
def new(request: SignedInRequest) -> HttpResponse:
    """The form, on behalf of an account of theirs."""
    form = CustomerReportForm(
        request.POST or None,
        request.FILES or None,
        user=request.user,
        initial={"own": request.GET.get("account", "")},
    )
    if not form.is_valid():
        return _show(request, form)
    if not ratelimit.consume(request, action="customer_report"):
        form.add_error(
            None,
            _(
                "You have reported as much today as we take in a day. Nothing you typed is "
                "lost: send it again tomorrow, or write to support."
            ),
        )
        return _show(request, form, status=429)
    try:
        made = _file(form.cleaned_data, request.user)
    except BackOfficeError as refusal:
        form.add_error(None, str(refusal))
        return _show(request, form)
    messages.success(request, _("We have your report. The answer comes to your inbox."))
    return redirect("report_tracking", made.receipt)


def _file(answers: dict[str, Any], user: User) -> Report:
    about, about_text = account_named(answers["account"], answers["name"])
    own: Account = answers["own"]
    return reports.file(
        channel=Report.Channel.CUSTOMER,
        kind=answers["reason"].kind,
        policy=answers["reason"].policy,
        statement=answers["statement"],
        about=about,
        about_text=about_text,
        location=answers["location"],
        reporter=Reporter(user=user, account=own),
        files=answers["attachments"],
        at=clock.now(),
    )


def _show(request: SignedInRequest, form: CustomerReportForm, *, status: int = 200) -> HttpResponse:
    looked_at, answered = tracking.usual_days()
    context = {"form": form, "looked_at": looked_at, "answered": answered}
    return render(request, "customer/reports/new.html", context, status=status)
