"""A person's own settings and contact e-mail."""

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import contact_email, profile, recoveries
from accounts.exceptions import NameRefused
from accounts.name_screening import Outcome
from accounts.pages.forms import ContactEmailForm, ProfileForm
from accounts.pages.requests import SignedInRequest
from common.exceptions import BackOfficeError, EditedMeanwhile


@login_required
def edit(request: SignedInRequest) -> HttpResponse:
    """Name, language and time zone."""
    form = (
        ProfileForm(request.POST) if request.method == "POST" else ProfileForm.showing(request.user)
    )
    if form.is_valid():
        try:
            verdict = profile.change(user=request.user, **form.cleaned_data)
        except NameRefused as refusal:
            form.add_error("name", str(refusal))
        except EditedMeanwhile:
            form.add_error(
                None,
                _("This was changed elsewhere meanwhile. Reload the page, then change it again."),
            )
        else:
            translation.activate(request.user.language)  # the answer speaks the new language
            messages.success(request, _("Saved."))
            if verdict.outcome == Outcome.DOUBTFUL:
                messages.warning(request, str(verdict.sentence))
            return redirect("settings")
    return _show(request, form, ContactEmailForm())


@login_required
@require_POST
def ask_for_email(request: SignedInRequest) -> HttpResponse:
    """Sends a link to the address the person typed; it is used once they follow it."""
    form = ContactEmailForm(request.POST)
    if not form.is_valid():
        return _show(request, ProfileForm.showing(request.user), form)
    if refused := ratelimit.consume_or_429(request, action="contact_email"):
        return refused
    address = form.cleaned_data["address"]
    token = contact_email.make_token(user=request.user, address=address)
    link = settings.SITE_URL.rstrip("/") + reverse("confirm_contact_email", args=[token])
    contact_email.send_link(user=request.user, address=address, link=link)
    messages.success(
        request,
        _("We sent a link to %(address)s. Notices go there once you have followed it.")
        % {"address": address},
    )
    return redirect("settings")


def confirm_email(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link leads: a button, because mail scanners follow links too."""
    if request.method != "POST":
        return render(request, "customer/confirm_email.html")
    try:
        person = contact_email.confirm(token)
    except BackOfficeError as refusal:
        return render(request, "customer/confirm_email.html", {"refusal": refusal}, status=410)
    return render(request, "customer/confirm_email.html", {"person": person})


def _show(
    request: SignedInRequest, form: ProfileForm, email_form: ContactEmailForm
) -> HttpResponse:
    context = {
        "form": form,
        "email_form": email_form,
        "recovery": recoveries.waiting_for(request.user),
    }
    return render(request, "customer/settings.html", context)
