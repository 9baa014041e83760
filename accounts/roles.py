"""What each role may do in an account: one table, asked by every page and every rule.

A `May` is something that is done or seen in an account; `ROLES` says who may, and
`docs/organizations.md` why. Rules ask `demand`, pages ask `accounts.pages.tenancy`, and a
test opens every page as every role and compares (`tests/pages/test_roles.py`).
"""

from collections.abc import Mapping
from types import MappingProxyType

from django.db import models
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.exceptions import NotAllowed
from accounts.models import Account, Membership, User
from common.languages import listed

Role = Membership.Role


class May(models.TextChoices):
    """Something that is done or seen in an account, in the order in which pages list it."""

    READ = "read", gettext_lazy("See the account, its services and its members")
    USE_KEYS = "use_keys", gettext_lazy("See API keys; create, rotate and revoke them")
    SEE_MONEY = "see_money", gettext_lazy("See balance and usage")
    HANDLE_MONEY = "handle_money", gettext_lazy("Top up, ask for refunds, get statements")
    GET_NOTICES = "get_notices", gettext_lazy("Receive notices about the account")
    ANSWER = "answer", gettext_lazy("Answer our questions, read decisions, appeal")
    RENAME = "rename", gettext_lazy("Change the name")
    MANAGE_MEMBERS = "manage_members", gettext_lazy("Invite and remove members, change roles")
    READ_ACTIVITY = "read_activity", gettext_lazy("Read and export the activity log")
    AGREE = (
        "agree",
        gettext_lazy("Agree to agreements, object to new versions, ask for label exemptions"),
    )
    TRANSFER = "transfer", gettext_lazy("Ask to hand over ownership or an API key")
    CLOSE = "close", gettext_lazy("Close the organization’s account, and take that back")


_EVERYBODY = tuple(Role)
_ANSWERING = Membership.NOTICED_ROLES

ROLES: Mapping[May, tuple[Membership.Role, ...]] = MappingProxyType(
    {
        May.READ: _EVERYBODY,
        May.USE_KEYS: (Role.OWNER, Role.ADMIN, Role.DEVELOPER),
        May.SEE_MONEY: (Role.OWNER, Role.ADMIN, Role.BILLING, Role.DEVELOPER),
        May.HANDLE_MONEY: (Role.OWNER, Role.ADMIN, Role.BILLING),
        May.GET_NOTICES: Membership.NOTICED_ROLES,
        May.ANSWER: _ANSWERING,
        May.RENAME: _ANSWERING,
        May.MANAGE_MEMBERS: _ANSWERING,
        May.READ_ACTIVITY: _ANSWERING,
        May.AGREE: (Role.OWNER,),
        May.TRANSFER: (Role.OWNER,),
        May.CLOSE: (Role.OWNER,),
    }
)


def may(membership: Membership, act: May) -> bool:
    """Whether the member's role includes `act`."""
    return membership.role in ROLES[act]


def person_may(*, user: User, account: Account, act: May) -> bool:
    """Whether `user` is a member whose role includes `act`, as it stands now."""
    found: bool = account.memberships.filter(user=user, role__in=ROLES[act]).exists()
    return found


def accounts_where(user: User, act: May) -> set[int]:
    """The primary keys of the accounts in which the person may `act`.

    Memberships are read once for a user object, so every tab of a page may ask.
    """
    prefetch_related_objects([user], "memberships")
    return {one.account_id for one in user.memberships.all() if may(one, act)}


def demand(*, user: User, account: Account, act: May) -> None:
    """Raises `NotAllowed` unless `user` may; the sentence says who may."""
    if not person_may(user=user, account=account, act=act):
        raise NotAllowed(
            _("Your role in this account does not include this. It takes one of: %(roles)s.")
            % {"roles": listed(one.label for one in ROLES[act])}
        )
