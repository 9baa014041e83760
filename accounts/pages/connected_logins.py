"""Connected logins: listed, connected with consent, disconnected, used to sign in (1.2.3)."""

from dataclasses import asdict
from typing import Any

import requests
from allauth.account.decorators import reauthentication_required
from allauth.core import ratelimit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import connected_logins, connection_consent, login_provider
from accounts.exceptions import NotAllowed
from accounts.login_provider import LoginProvider, ProviderAdapter, Revoked
from accounts.models import ConnectedLogin
from accounts.pages.requests import SignedInRequest
from common import clock


class ConsentForm(forms.Form):
    """Consent to the text shown. Its version is in the form, so that none is agreed to unseen."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    agreed = forms.BooleanField(label=gettext_lazy("I have read this and agree to it."))


class Callback(OAuth2CallbackView):
    """allauth's, which hands the nonce of the attempt on to whoever reads the token, and says
    so in words where it would fail: a provider that went away since the attempt began."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().dispatch(request, *args, **kwargs)
        except (OAuth2Error, requests.RequestException) as error:
            provider = self.adapter.get_provider()
            return render_authentication_error(request, provider, exception=error)

    def _get_state(self, request: Any, provider: Any) -> Any:
        state, response = super()._get_state(request, provider)
        if state is not None:
            self.adapter.expected_nonce = state.get("nonce", "")
        return state, response


@login_required
def index(request: SignedInRequest) -> HttpResponse:
    """What is connected, and what could be."""
    held = list(connected_logins.of(request.user))
    connected = {one.social_account.provider for one in held}
    providers = [one for one in configured(request) if one.app.provider_id not in connected]
    context = {"held": held, "providers": providers}
    return render(request, "customer/connected_logins.html", context)


@never_cache
@login_required
@reauthentication_required
def connect(request: SignedInRequest, provider_id: str) -> HttpResponse:
    """The text to agree to; then to the provider."""
    provider = _provider_or_404(request, provider_id)
    text = connection_consent.current(
        provider_name=provider.name,
        scopes=provider.get_scope(),
        language=request.user.language,
    )
    form = ConsentForm(request.POST or None, initial={"version": text.version})
    if form.is_valid() and form.cleaned_data["version"] != text.version:
        form.add_error(None, _("The text was changed meanwhile. Read it again."))
    if not form.is_valid():
        context = {"form": form, "provider": provider, "text": text}
        return render(request, "customer/connect_login.html", context)
    if refused := ratelimit.consume_or_429(request, action="connect_login"):
        return refused
    agreed = {"user": request.user.public_id, "consent": asdict(text)}
    return _lead_to(request, provider, "connect", agreed, back="connected_logins")


@require_POST
def sign_in(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the provider, from the page to sign in."""
    provider = _provider_or_404(request, provider_id)
    if request.user.is_authenticated:
        return redirect("home")
    if refused := ratelimit.consume_or_429(request, action="login"):
        return refused
    return _lead_to(request, provider, "login", {}, back="account_login")


@never_cache
@require_GET
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the provider sends people back to."""
    _provider_or_404(request, provider_id)
    answer: HttpResponse = Callback.adapter_view(ProviderAdapter(request, provider_id))(request)
    return answer


@login_required
@require_POST
def disconnect(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Ends one of the person's own connections."""
    login = connected_logins.of(request.user).filter(public_id=public_id).first()
    if login is None:
        raise Http404(_("No such connected login."))
    try:
        end = connected_logins.disconnect(login=login, at=clock.now())
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        _say(request, login, end.revoked)
    return redirect("connected_logins")


def configured(request: HttpRequest | None) -> list[LoginProvider]:
    """The providers there are."""
    found = get_adapter(request).list_providers(request)
    return [one for one in found if isinstance(one, LoginProvider)]


def _say(request: HttpRequest, login: ConnectedLogin, revoked: str) -> None:
    name = login.consent.provider_name
    if revoked == Revoked.YES:
        messages.success(
            request,
            _("Disconnected. %(name)s revoked the tokens; ours are destroyed.") % {"name": name},
        )
    else:
        messages.warning(
            request,
            _(
                "Disconnected, and our tokens are destroyed. %(name)s did not confirm that it "
                "revoked them: look at the list of connected apps there."
            )
            % {"name": name},
        )


def _provider_or_404(request: HttpRequest, provider_id: str) -> LoginProvider:
    provider = login_provider.find(request, provider_id)
    if provider is None:
        raise Http404(_("No such provider."))
    return provider


def _lead_to(
    request: HttpRequest, provider: LoginProvider, process: str, data: dict[str, Any], *, back: str
) -> HttpResponse:
    try:
        answer: HttpResponse = provider.redirect(request, process, data=data)
    except (OAuth2Error, requests.RequestException):
        messages.error(
            request,
            _("%(provider)s cannot be reached. Try again later.") % {"provider": provider.name},
        )
        return redirect(back)
    return answer
