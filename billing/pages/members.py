"""Who opens a page of money: members of the account whose role includes it."""

from typing import Any

from accounts.models import Membership
from accounts.pages.tenancy import for_those_who
from accounts.roles import May, may

seen_by_members = for_those_who(May.SEE_MONEY)
"""Gives the page the person's membership in place of the account's identifier.

Another tenant's account is not found; a role without money is refused.
"""

for_those_who_act = for_those_who(May.HANDLE_MONEY)
"""As `seen_by_members`, for the roles that may act on the account's money."""


def frame(membership: Membership) -> dict[str, Any]:
    """What the frame of every page of money needs."""
    return {
        "account": membership.account,
        "membership": membership,
        "may_act": may(membership, May.HANDLE_MONEY),
        "section": "money",
    }
