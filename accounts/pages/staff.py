"""Accepting an invitation to become a member of staff."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import staff
from accounts.exceptions import InvitationIsVoid
from accounts.models import StaffInvitation, User
from accounts.pages.forms import InvitationForm
from common import clock
from common.conflicts import told_in_words
from common.exceptions import BackOfficeError


@sensitive_post_parameters("password", "again")
@never_cache
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Phone and password here; then the phone is verified and a second factor set up."""
    if refused := ratelimit.consume_or_429(request, action="invitation"):
        return refused
    if request.user.is_authenticated:
        return render(request, "customer/staff_invitation.html", {"signed_in": True}, status=403)
    at = clock.now()
    try:
        invitation = staff.open_invitation(token=token, at=at)
    except InvitationIsVoid as refusal:
        return render(request, "customer/staff_invitation.html", {"refusal": refusal}, status=410)
    form = InvitationForm(request.POST or None)
    if form.is_valid() and (person := _accept(invitation, form)):
        return _sign_in(request, person)
    context = {"invitation": invitation, "form": form}
    return render(request, "customer/staff_invitation.html", context)


def _accept(invitation: StaffInvitation, form: InvitationForm) -> User | None:
    try:
        with told_in_words():
            return staff.accept_invitation(
                invitation=invitation,
                phone=form.cleaned_data["phone"],
                password=form.cleaned_data["password"],
                at=clock.now(),
            )
    except ValidationError as weak:
        form.add_error("password", weak)
    except BackOfficeError as refusal:
        form.add_error(None, str(refusal))
    return None


def _sign_in(request: HttpRequest, person: User) -> HttpResponse:
    """Through allauth's own steps, so that the phone is verified by a code first.

    The password was typed a moment ago: setting up the second factor, where this
    leads, need not ask for it again.
    """
    record_authentication(request, person, method="password", reauthenticated=True)
    login = Login(user=person, redirect_url=reverse("mfa_activate_totp"))
    response: HttpResponse = perform_login(request, login) or redirect("mfa_activate_totp")
    return response
