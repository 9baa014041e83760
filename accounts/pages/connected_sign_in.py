"""What django-allauth asks of us about logins elsewhere.

It speaks with the provider, checks the state and knows whose login it is. What becomes of
that is decided here, before it would save, sign up or keep anything in the session.
"""

from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts import connected_logins
from accounts.connection_consent import ConsentText
from accounts.exceptions import NotAllowed
from common import clock


class ConnectedSignInAdapter(DefaultSocialAccountAdapter):
    """Connecting, and signing in by what was connected; nothing else."""

    def is_open_for_signup(self, request: Any, sociallogin: Any) -> bool:
        return False  # phone, password and consent come first

    def pre_social_login(self, request: Any, sociallogin: Any) -> None:
        """Always ends in an answer of ours: allauth's own would save the person's whole row,
        and put the tokens into the session while a second factor is asked for."""
        if sociallogin.state.get("process") == "connect":
            raise ImmediateHttpResponse(self._connect(request, sociallogin))
        raise ImmediateHttpResponse(self._sign_in(request, sociallogin))

    def on_authentication_error(
        self, request: Any, provider: Any, error: Any = None, exception: Any = None, **more: Any
    ) -> None:
        """In words, where the person came from. Why exactly stays between us and the log."""
        messages.error(
            request,
            _("%(provider)s did not confirm who you are, or it took too long. Try again.")
            % {"provider": provider.name},
        )
        back = "connected_logins" if request.user.is_authenticated else "account_login"
        raise ImmediateHttpResponse(redirect(back))

    def _connect(self, request: Any, sociallogin: Any) -> Any:
        asked = sociallogin.state.get("data") or {}
        if not request.user.is_authenticated or asked.get("user") != request.user.public_id:
            messages.error(request, _("You were signed out meanwhile. Sign in and try again."))
            return redirect("account_login")
        try:
            connected_logins.connect(
                user=request.user,
                provider=sociallogin.account.provider,
                provider_name=sociallogin.provider.name,
                subject=sociallogin.account.uid,
                issuer=sociallogin.issuer,
                token=sociallogin.token,
                consent=ConsentText(**asked["consent"]),
                ip_address=get_account_adapter(request).get_client_ip(request),
                at=clock.now(),
            )
        except NotAllowed as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Connected. You can sign in by it from now on."))
        return redirect("connected_logins")

    def _sign_in(self, request: Any, sociallogin: Any) -> Any:
        if request.user.is_authenticated:
            return redirect("home")
        try:
            if not sociallogin.is_existing:
                raise NotAllowed(
                    _(
                        "Nobody connected this login with an account of ours. Sign in with your "
                        "phone, or open an account; then connect it in your settings."
                    )
                )
            login = connected_logins.use(
                account=sociallogin.account,
                issuer=sociallogin.issuer,
                token=sociallogin.token,
                at=clock.now(),
            )
        except NotAllowed as refusal:
            messages.error(request, str(refusal))
            return redirect("account_login")
        provider = sociallogin.account.provider
        record_authentication(request, login.user, method="socialaccount", provider=provider)
        return perform_login(request, Login(user=login.user))
