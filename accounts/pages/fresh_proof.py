"""Asking people once more who they are, right before what cannot be undone for long."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import second_factor
from accounts.pages.requests import SignedInRequest
from common.admin.sessions import proved_again

# Long enough to read the page and write a sentence.
WITHIN_SECONDS = 10 * 60

Page = Callable[..., HttpResponseBase]


def proved_again_first(page: Page) -> Page:
    """The page opens to whoever has just shown their second factor, or their password where
    they have none; others are asked first and led back. Having signed in is not enough."""

    @login_required
    @wraps(page)
    def checked(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return ask_again(request, back=request.path) or page(request, *args, **kwargs)

    return checked


def ask_again(request: SignedInRequest, *, back: str) -> HttpResponse | None:
    """Where somebody who has not proved themselves just now goes first; they are led to `back`
    from there. None for whoever has. One who signs in by a connected login only has nothing to
    show: they get a password as who forgot theirs, by their phone and a second proof."""
    if proved_again(request, within_seconds=WITHIN_SECONDS):
        return None
    if second_factor.has_one(request.user):
        asking = reverse("mfa_reauthenticate")
    elif request.user.has_usable_password():
        asking = reverse("account_reauthenticate")
    else:
        messages.info(request, _("This asks for a proof that it is you. Set a password first."))
        return redirect("password_forgotten")
    return redirect(f"{asking}?{urlencode({'next': back})}")
