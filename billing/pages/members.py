"""Who opens a page of money: members of the account whose role includes it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase

from accounts.models import Membership
from accounts.pages.requests import SignedInRequest
from accounts.pages.tenancy import membership_or_404
from billing.roles import ACTING_ROLES, SEEING_ROLES

Page = Callable[..., HttpResponseBase]


def seen_by_members(page: Page) -> Page:
    """Gives the page the person's membership in place of the account's identifier.

    Another tenant's account is not found; a role without money is refused.
    """
    return _given_membership(page, SEEING_ROLES)


def for_those_who_act(page: Page) -> Page:
    """As `seen_by_members`, for the roles that may act on the account's money."""
    return _given_membership(page, ACTING_ROLES)


def _given_membership(page: Page, roles: tuple[Membership.Role, ...]) -> Page:
    @login_required
    @wraps(page)
    def checked(request: SignedInRequest, public_id: str, **kwargs: Any) -> HttpResponseBase:
        membership = membership_or_404(request.user, public_id)
        if membership.role not in roles:
            raise PermissionDenied
        return page(request, membership, **kwargs)

    return checked


def frame(membership: Membership) -> dict[str, Any]:
    """What the frame of every page of money needs."""
    return {
        "account": membership.account,
        "membership": membership,
        "may_act": membership.role in ACTING_ROLES,
        "section": "money",
    }
