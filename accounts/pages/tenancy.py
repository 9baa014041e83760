"""Whose account is it? Another tenant's looks exactly like one that does not exist; one's own
shows what the role includes (`accounts.roles`)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from accounts import roles
from accounts.models import Membership, User
from accounts.pages.requests import SignedInRequest
from accounts.roles import May

Page = Callable[..., HttpResponseBase]


def membership_or_404(user: User, public_id: str) -> Membership:
    """The person's place in the account called `public_id`. Raises `Http404`."""
    found = (
        Membership.objects.select_related("account")
        .filter(user_id=user.pk, account__public_id=public_id)
        .first()
    )
    if found is None:
        raise Http404(_("No such account."))
    return found


def for_those_who(act: May) -> Callable[[Page], Page]:
    """Gives a page the person's membership in place of the account's identifier.

    Another tenant's account is not found; a role that does not include `act` is refused.
    """

    def given_membership(page: Page) -> Page:
        @login_required
        @wraps(page)
        def checked(request: SignedInRequest, public_id: str, **kwargs: Any) -> HttpResponseBase:
            membership = membership_or_404(request.user, public_id)
            if not roles.may(membership, act):
                raise PermissionDenied
            return page(request, membership, **kwargs)

        return checked

    return given_membership
