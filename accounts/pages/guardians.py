"""A minor asks a guardian; the guardian reads, and consents or does not (clause 1.1)."""

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts import capacity, consent, guardians
from accounts.exceptions import (
    CodeRefused,
    CountryNotServed,
    GuardianRefused,
    LinkIsVoid,
    NotTheCurrentText,
)
from accounts.models import AgreementText, GuardianRequest
from accounts.pages.requests import SignedInRequest
from accounts.pages.sign_up import address_of
from accounts.pages.sign_up_forms import GuardianForm, GuardianPhoneForm
from common import clock


@login_required
def ask(request: SignedInRequest) -> HttpResponse:
    """Whom to ask; or that nobody needs to be."""
    if not guardians.waits(request.user):
        return redirect("welcome")
    form = GuardianPhoneForm(request.POST or None)
    if form.is_valid():
        try:
            guardians.ask(
                user=request.user,
                phone=form.cleaned_data["phone"],
                address=address_of(request),
                at=clock.now(),
            )
        except (GuardianRefused, CountryNotServed) as refusal:
            form.add_error("phone", str(refusal))
        else:
            messages.success(request, _("We sent your guardian a link."))
            return redirect("guardian")
    context = {
        "form": form,
        "asked": request.user.guardian_requests.filter(expires_at__gt=clock.now()).first(),
        "clause": capacity.CLAUSE,
    }
    return render(request, "customer/guardian/ask.html", context)


@never_cache
def consent_to(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link leads. Anybody may open it; only the phone's holder gets the code."""
    if refused := ratelimit.consume_or_429(request, action="guardian"):
        return refused
    try:
        asked = guardians.open_request(token=token, at=clock.now())
    except LinkIsVoid as refusal:
        return render(request, "customer/guardian/void.html", {"refusal": refusal}, status=410)
    terms = consent.current_terms()
    if terms is None:
        return render(request, "customer/guardian/void.html", status=503)
    text = terms.text_in(None)
    child = guardians.is_child(asked.user)
    if request.method == "POST" and request.POST.get("action") == "code":
        guardians.send_code(request=asked, address=address_of(request), at=clock.now())
        messages.success(request, _("A code is on its way to your phone."))
        return redirect("guardian_consent", token)
    form = GuardianForm(request.POST or None, text=text, child=child)
    if form.is_valid() and _given(request, asked, form, child):
        return render(request, "customer/guardian/thanks.html", {"minor": asked.user})
    context = {
        "asked": asked,
        "minor": asked.user,
        "form": form,
        "text": text,
        "version": terms,
        "child": child,
        "clause": capacity.CLAUSE,
    }
    return render(request, "customer/guardian/consent.html", context)


def _given(request: HttpRequest, asked: GuardianRequest, form: GuardianForm, child: bool) -> bool:
    text: AgreementText = form.cleaned_data["text"]
    given = guardians.Given(
        name=form.cleaned_data["name"],
        relation=form.cleaned_data["relation"],
        personal_data=child,
        text=text,
        ip_address=address_of(request),
        user_agent=request.headers.get("User-Agent", ""),
    )
    try:
        guardians.give(request=asked, code=form.cleaned_data["code"], given=given, at=clock.now())
    except CodeRefused as refusal:
        form.add_error("code", str(refusal))
    except (GuardianRefused, NotTheCurrentText, LinkIsVoid) as refusal:
        form.add_error(None, str(refusal))
    else:
        return True
    return False
