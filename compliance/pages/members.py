"""Who opens a page of matters: owners and administrators, who answer for the account."""

from typing import Any

from accounts.models import Membership
from accounts.pages.tenancy import for_those_who
from accounts.roles import May

for_those_who_answer = for_those_who(May.ANSWER)
"""Gives the page the person's membership in place of the account's identifier.

Another tenant's account is not found; another role is refused. What the account may use does
not matter: who is suspended answers all the same.
"""


def frame(membership: Membership) -> dict[str, Any]:
    """What the frame of every page of matters needs."""
    return {"account": membership.account, "membership": membership, "section": "matters"}
