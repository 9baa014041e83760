"""From accounts to the people who are told on their behalf."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import Account, Membership, User


@dataclass(frozen=True)
class Recipient:
    """A person and those of their accounts that a message is about, in order of name."""

    user: User
    accounts: tuple[Account, ...]


def recipients(account_ids: Iterable[int]) -> list[Recipient]:
    """Every owner and administrator of those accounts, each once, with all of theirs.

    The holder of a personal account is its owner. People who may no longer sign in are
    left out.
    """
    found: dict[int, tuple[User, list[Account]]] = {}
    memberships = (
        Membership.objects.noticed()
        .filter(account__in=list(account_ids))
        .select_related("user", "account")
        .order_by("user_id", "account__name", "account_id")
    )
    for membership in memberships:
        found.setdefault(membership.user_id, (membership.user, []))[1].append(membership.account)
    return [Recipient(user=user, accounts=tuple(accounts)) for user, accounts in found.values()]
