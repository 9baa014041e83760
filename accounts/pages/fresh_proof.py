"""Asking people once more who they are, right before what cannot be undone for long."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

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
        if proved_again(request, within_seconds=WITHIN_SECONDS):
            return page(request, *args, **kwargs)
        has_factor = second_factor.has_one(request.user)
        asking = reverse("mfa_reauthenticate" if has_factor else "account_reauthenticate")
        return redirect(f"{asking}?{urlencode({'next': request.path})}")

    return checked
