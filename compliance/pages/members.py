"""Who opens a page of matters: owners and administrators, who answer for the account."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase

from accounts.models import Membership
from accounts.pages.requests import SignedInRequest
from accounts.pages.tenancy import membership_or_404

Page = Callable[..., HttpResponseBase]


def for_those_who_answer(page: Page) -> Page:
    """Gives the page the person's membership in place of the account's identifier.

    Another tenant's account is not found; another role is refused. What the account may
    use does not matter: who is suspended answers all the same.
    """

    @login_required
    @wraps(page)
    def checked(request: SignedInRequest, public_id: str, **kwargs: Any) -> HttpResponseBase:
        membership = membership_or_404(request.user, public_id)
        if membership.role not in Membership.NOTICED_ROLES:
            raise PermissionDenied
        return page(request, membership, **kwargs)

    return checked


def frame(membership: Membership) -> dict[str, Any]:
    """What the frame of every page of matters needs."""
    return {"account": membership.account, "membership": membership, "section": "matters"}
