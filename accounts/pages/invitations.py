"""Where the link of an invitation leads: to accept it, signed in as whom it is for."""

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts import invitations
from accounts.exceptions import InvitationIsVoid
from common import clock
from common.conflicts import told_in_words
from common.exceptions import BackOfficeError

MAIN = "customer/organizations/invitation.html"


@never_cache
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """A button, because mail scanners follow links too. Who is not signed in is asked to."""
    if refused := ratelimit.consume_or_429(request, action="join", limit_get=True):
        return refused
    at = clock.now()
    try:
        invitation = invitations.find(token=token, at=at)
    except InvitationIsVoid as refusal:
        return render(request, MAIN, {"refusal": refusal}, status=410)
    context: dict[str, Any] = {"invitation": invitation}
    user = request.user
    if not user.is_authenticated:
        return render(request, MAIN, context)
    context["is_for_them"] = invitations.is_for(invitation, user)
    if request.method != "POST":
        return render(request, MAIN, context)
    try:
        with told_in_words():
            member = invitations.accept(token=token, by=user, at=at)
    except InvitationIsVoid as refusal:
        return render(request, MAIN, {"refusal": refusal}, status=410)
    except BackOfficeError as refusal:
        return render(request, MAIN, {**context, "problem": refusal}, status=409)
    messages.success(request, _("You belong to %(name)s now.") % {"name": member.account})
    return redirect("account", member.account.public_id)
