"""A lost phone: asking our staff, and stopping what somebody else asked for."""

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import recoveries, recovery_requests, sms_budget
from accounts.exceptions import LinkIsVoid, RecoveryRefused
from accounts.models import PhoneRecovery
from accounts.pages.getting_back_forms import CodeForm, LostPhoneForm
from accounts.pages.requests import SignedInRequest
from common import clock
from common.exceptions import BackOfficeError

SESSION_KEY = "lost_phone"


@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """Who, what happened, and the new phone, to which a code goes."""
    form = LostPhoneForm(request.POST or None)
    if not form.is_valid():
        context = {"form": form, "days": settings.PHONE_RECOVERY_WAITING_DAYS}
        return render(request, "customer/getting_back/lost_phone.html", context)
    if refused := ratelimit.consume_or_429(request, action="recovery"):
        return refused
    at, asked = clock.now(), form.cleaned_data
    sms_budget.spend(
        phone=asked["new_phone"],
        address=get_adapter(request).get_client_ip(request),
        purpose=sms_budget.Purpose.NEW_PHONE,
        at=at,
    )
    draft = recovery_requests.draw_up(
        user=recovery_requests.person_named(asked["who"]),
        new_phone=asked["new_phone"],
        drops_factor=asked["drops_factor"],
        reason=asked["reason"],
        language=get_language() or "zh-hans",
        at=at,
    )
    request.session[SESSION_KEY] = draft.public_id
    return redirect("lost_phone_code")


@never_cache
def confirm(request: HttpRequest) -> HttpResponse:
    """The code from the new phone; then our staff have it."""
    try:
        draft = recovery_requests.find_draft(request.session.get(SESSION_KEY, ""), at=clock.now())
    except LinkIsVoid as over:
        messages.error(request, str(over))
        return redirect("lost_phone")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            recovery_requests.hand_in(
                draft=draft,
                typed=form.cleaned_data["code"],
                ip_address=get_adapter(request).get_client_ip(request),
                at=clock.now(),
            )
        except BackOfficeError as refusal:
            form.add_error("code", str(refusal))
        else:
            del request.session[SESSION_KEY]
            context = {"reference": draft.public_id}
            return render(request, "customer/getting_back/lost_phone_done.html", context)
    return render(request, "customer/getting_back/lost_phone_code.html", {"form": form})


@never_cache
def stop(request: HttpRequest, public_id: str, mark: str) -> HttpResponse:
    """Where the link in our messages leads: a button, because mail scanners follow links too."""
    page = "customer/getting_back/stop.html"
    if refused := ratelimit.consume_or_429(request, action="recovery_stop"):
        return refused
    try:
        recovery = recoveries.find_by_link(public_id=public_id, mark=mark)
        if request.method == "POST":
            recoveries.stop_by_link(
                recovery=recovery,
                ip_address=get_adapter(request).get_client_ip(request),
                at=clock.now(),
            )
    except LinkIsVoid as refusal:
        return render(request, page, {"refusal": refusal}, status=404)
    except RecoveryRefused as refusal:
        return render(request, page, {"refusal": refusal}, status=410)
    context = {"recovery": recovery, "stopped": request.method == "POST"}
    return render(request, page, context)


@login_required
@require_POST
def stop_own(request: SignedInRequest) -> HttpResponse:
    """The same for somebody who is signed in."""
    recovery: PhoneRecovery | None = recoveries.waiting_for(request.user)
    if recovery is None:
        messages.info(request, _("Nobody has asked for a change of your phone."))
        return redirect("settings")
    try:
        recoveries.stop_signed_in(
            recovery=recovery,
            person=request.user,
            ip_address=get_adapter(request).get_client_ip(request),
            at=clock.now(),
        )
    except RecoveryRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is stopped. Nothing about the account changes."))
    return redirect("settings")
