"""What the roles in an account may do with its money.

Owners, administrators and billing members see and act; developers see the balance and the
usage, which their work causes; viewers see nothing of money.
"""

from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed
from accounts.models import Account, Membership, User

Role = Membership.Role
ACTING_ROLES = (Role.OWNER, Role.ADMIN, Role.BILLING)
SEEING_ROLES = (*ACTING_ROLES, Role.DEVELOPER)


def sees_money(user: User, account: Account) -> bool:
    """Whether `user` may see the account's balance and usage."""
    return _has_role(user, account, SEEING_ROLES)


def handles_money(user: User, account: Account) -> bool:
    """Whether `user` may act on the account's money: top up, ask for refunds, set alerts."""
    return _has_role(user, account, ACTING_ROLES)


def demand_handles_money(user: User, account: Account) -> None:
    """Raises `NotAllowed` unless `user` may act on the account's money."""
    if not handles_money(user, account):
        raise NotAllowed(_("Only an owner, administrator or billing member of the account may."))


def _has_role(user: User, account: Account, roles: tuple[Role, ...]) -> bool:
    return Membership.objects.filter(user=user, account=account, role__in=roles).exists()
