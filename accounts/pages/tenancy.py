"""Whose account is it? Another tenant's looks exactly like one that does not exist."""

from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import Membership, User


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
