"""Customers' statements: of the accounts whose money the person's role includes."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import Membership
from accounts.pages.requests import SignedInRequest
from accounts.pages.tenancy import membership_or_404
from accounts.roles import ROLES, May, may
from billing.exceptions import TooManyLines
from billing.pages.statement_answers import file_of, page_of
from billing.pages.statement_forms import FileForm


def _membership(request: SignedInRequest, public_id: str) -> Membership:
    """Another tenant's account is not found; a role without statements is refused."""
    membership = membership_or_404(request.user, public_id)
    if not may(membership, May.HANDLE_MONEY):
        raise PermissionDenied
    return membership


@require_safe
@login_required
def index(request: SignedInRequest) -> HttpResponse:
    """The accounts whose statements the person may read; with a single one, its own."""
    memberships = list(
        Membership.objects.filter(user=request.user, role__in=ROLES[May.HANDLE_MONEY])
        .select_related("account")
        .order_by("account__name")
    )
    if len(memberships) == 1:
        return redirect("money_statement", memberships[0].account.public_id)
    return render(request, "customer/money/statements.html", {"memberships": memberships})


@require_safe
@login_required
def statement(request: SignedInRequest, public_id: str) -> HttpResponse:
    """A statement, fifty lines at a time."""
    membership = _membership(request, public_id)
    context = {
        "account": membership.account,
        "membership": membership,
        "may_act": True,
        "section": "money",
        **page_of(membership.account, request.GET.dict()),
    }
    return render(request, "customer/money/statement.html", context)


@require_safe
@login_required
def statement_file(request: SignedInRequest, public_id: str) -> HttpResponseBase:
    """A statement as a file; noted in the log."""
    membership = _membership(request, public_id)
    form = FileForm(request.GET)
    if not form.is_valid():
        return _back(request, public_id)
    try:
        return file_of(membership.account, form, request.user)
    except TooManyLines as error:
        messages.error(request, str(error))
        return _back(request, public_id)


def _back(request: HttpRequest, public_id: str) -> HttpResponse:
    answer = redirect("money_statement", public_id)
    answer["Location"] += f"?{request.GET.urlencode()}"
    return answer
