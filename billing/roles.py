"""What the roles in an account may do with its money, by the table of all roles.

Owners, administrators and billing members see and act; developers see the balance and the
usage, which their work causes; viewers see nothing of money.
"""

from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed
from accounts.models import Account, User
from accounts.roles import ROLES, May, person_may

ACTING_ROLES = ROLES[May.HANDLE_MONEY]
SEEING_ROLES = ROLES[May.SEE_MONEY]


def sees_money(user: User, account: Account) -> bool:
    """Whether `user` may see the account's balance and usage."""
    return person_may(user=user, account=account, act=May.SEE_MONEY)


def handles_money(user: User, account: Account) -> bool:
    """Whether `user` may act on the account's money: top up, ask for refunds, set alerts."""
    return person_may(user=user, account=account, act=May.HANDLE_MONEY)


def demand_handles_money(user: User, account: Account) -> None:
    """Raises `NotAllowed` unless `user` may act on the account's money."""
    if not handles_money(user, account):
        raise NotAllowed(_("Only an owner, administrator or billing member of the account may."))
