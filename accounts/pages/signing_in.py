"""The sign-in page, and the sessions a person has; around allauth's own."""

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.views import LoginView
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.pages import too_many
from accounts.pages.requests import SignedInRequest

LOCKED_SECONDS = 300
"""How long five wrong passwords lock a number (ACCOUNT_RATE_LIMITS, clause 1.2.4)."""


class SignInView(LoginView):
    """allauth's, but a number or address that had too many tries is answered with 429."""

    def form_invalid(self, form: Any) -> HttpResponse:
        if form.has_error("__all__", "too_many_login_attempts"):
            return too_many.respond(self.request, retry_after=LOCKED_SECONDS)
        answer: HttpResponse = super().form_invalid(form)
        return answer


sign_in = SignInView.as_view()


def verify_phone(request: HttpRequest) -> HttpResponseBase:
    """allauth's, for whoever is signing in. Who is signed in already would be led to a page
    that changes the number, which is not there (clause 1.2.6)."""
    if request.user.is_authenticated:
        return redirect("settings")
    answer: HttpResponseBase = allauth_views.verify_phone(request)
    return answer


@require_POST
@login_required
def end_session(request: SignedInRequest, number: int) -> HttpResponse:
    """Ends one of the person's sessions; somebody else's is simply not there."""
    found = UserSession.objects.filter(user=request.user, pk=number).first()
    if found is not None and found.session_key != request.session.session_key:
        found.end()
        messages.success(request, _("Signed out there."))
    return redirect("usersessions_list")
