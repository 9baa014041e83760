"""Leaving: what happens, what is in the way, what is kept; asking for it, and taking it back."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import leaving, leaving_checks, surviving
from accounts.models import Account, Closing, Membership, User
from accounts.pages.forms import CloseForm
from accounts.pages.fresh_proof import proved_again_first
from accounts.pages.panels import leaving_cards, shown
from accounts.pages.requests import SignedInRequest
from accounts.pages.tenancy import membership_or_404
from accounts.roles import May, may
from common import clock
from common.exceptions import BackOfficeError


@login_required
def person(request: SignedInRequest) -> HttpResponse:
    """All there is to know before one leaves, and how a leaving stands that was asked for."""
    own = Account.objects.filter(holder=request.user).first()
    context = _all_about(request.user, request.user, own)
    places = Membership.objects.filter(user=request.user).exclude(account=own)
    context["places"] = places.select_related("account").order_by("account__name")
    return render(request, "customer/leaving/person.html", context)


@proved_again_first
def ask(request: SignedInRequest) -> HttpResponse:
    """The last step: a reason if they like, and one box to tick."""
    own = Account.objects.filter(holder=request.user).first()
    form = CloseForm(request.POST or None)
    if form.is_valid():
        try:
            closing = leaving.leave(
                person=request.user,
                reason=form.cleaned_data["reason"],
                ip_address=get_adapter(request).get_client_ip(request),
                at=clock.now(),
            )
        except BackOfficeError as refusal:
            form.add_error(None, str(refusal))
        else:
            _say_recorded(request, closing)
            return redirect("leave")
    zone = own.time_zone if own else request.user.time_zone
    context = {"form": form, "would_end_at": leaving.ends_at(asked_at=clock.now(), zone=zone)}
    return render(request, "customer/leaving/ask_person.html", context)


@login_required
@require_POST
def take_back(request: SignedInRequest) -> HttpResponse:
    """One click, and everything stays."""
    _take_back(request, leaving.open_closing_of(request.user))
    return redirect("leave")


@login_required
def organization(request: SignedInRequest, public_id: str) -> HttpResponse:
    """As `person`, for the account of an organization; to its owners only."""
    membership = _owner_or_404(request.user, public_id)
    context = _all_about(request.user, None, membership.account)
    context["members"] = membership.account.memberships.count()
    return render(request, "customer/leaving/organization.html", context)


@login_required
def ask_for_organization(request: SignedInRequest, public_id: str) -> HttpResponseBase:
    """The last step: a reason if they like, and one box to tick."""
    return _ask_for_organization(request, _owner_or_404(request.user, public_id).account)


@proved_again_first
def _ask_for_organization(request: SignedInRequest, account: Account) -> HttpResponse:
    form = CloseForm(request.POST or None)
    if form.is_valid():
        try:
            closing = leaving.close_organization(
                account=account,
                by=request.user,
                reason=form.cleaned_data["reason"],
                ip_address=get_adapter(request).get_client_ip(request),
                at=clock.now(),
            )
        except BackOfficeError as refusal:
            form.add_error(None, str(refusal))
        else:
            _say_recorded(request, closing)
            return redirect("close_account", account.public_id)
    would_end_at = leaving.ends_at(asked_at=clock.now(), zone=account.time_zone)
    context = {"form": form, "account": account, "would_end_at": would_end_at}
    return render(request, "customer/leaving/ask_organization.html", context)


@login_required
@require_POST
def take_organization_back(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One click, and everything stays."""
    account = _owner_or_404(request.user, public_id).account
    _take_back(request, leaving.open_closing_of_account(account))
    return redirect("close_account", public_id)


def _owner_or_404(user: User, public_id: str) -> Membership:
    """The owner's place in an organization; to everybody else the page is not there."""
    membership = membership_or_404(user, public_id)
    organization = membership.account.kind == Account.Kind.ORGANIZATION
    if not organization or not may(membership, May.CLOSE):
        raise Http404(_("No such account."))
    return membership


def _all_about(viewer: User, leaver: User | None, account: Account | None) -> dict[str, Any]:
    at = clock.now()
    if leaver is not None:
        closing = leaving.open_closing_of(leaver)
    else:
        closing = leaving.open_closing_of_account(account) if account else None
    accounts = leaving.accounts_of(person=leaver, account=account)
    looked = leaving_checks.look(accounts=accounts, person=leaver, at=at)
    zone = account.time_zone if account else viewer.time_zone
    return {
        "account": account,
        "closing": closing,
        "held": bool(closing and closing.standing_hold),
        "looked": looked,
        "may_ask": closing is None and not any(one.obstacles for one in looked),
        "cards": shown(leaving_cards, account, viewer, at) if account else [],
        "surviving": surviving.surviving(account=account, at=at),
        "would_end_at": leaving.ends_at(asked_at=at, zone=zone),
        "days": closing.cooling_off_days if closing else settings.COOLING_OFF_DAYS,
        "years_kept": settings.KEPT_IDENTITY_DAYS // 365,
        "zone": zone,
    }


def _say_recorded(request: SignedInRequest, closing: Closing) -> None:
    words = _("Recorded as %(reference)s. Until then you can take it back by one click.")
    messages.success(request, words % {"reference": closing.public_id})


def _take_back(request: SignedInRequest, closing: Closing | None) -> None:
    if closing is None:
        messages.info(request, _("There is nothing to take back."))
        return
    try:
        leaving.take_back(closing=closing, by=request.user, at=clock.now())
    except BackOfficeError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken back: everything stays as it is."))
