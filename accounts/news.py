"""What people are told of their accounts: sent up by `accounts.signals.account_news`."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum

from accounts.models import Account, Membership, User
from accounts.signals import account_news


class News(StrEnum):
    """Kinds of news. Part of the kind of a letter: never renamed."""

    JOINED = "joined"
    ROLE_CHANGED = "role_changed"
    REMOVED = "removed"
    LEFT = "left"
    TRANSFER_ASKED = "transfer_asked"
    TRANSFER_DONE = "transfer_done"
    TRANSFER_ENDED = "transfer_ended"
    KEY_EXPIRES = "key_expires"
    LABELS_GRANTED = "labels_granted"
    LABELS_DECLINED = "labels_declined"
    LABELS_REVOKED = "labels_revoked"
    LABELS_EXPIRE = "labels_expire"


def tell(
    *,
    kind: News,
    account: Account,
    people: Collection[User],
    key: str,
    page: str,
    at: datetime,
    facts: Mapping[str, str] | None = None,
) -> None:
    """Has `people` told, each once of a kind and key. `page` is the name of the account's page
    that the letter leads to."""
    account_news.send(
        sender=News,
        kind=kind,
        account=account,
        people=people,
        key=key,
        page=page,
        facts=dict(facts or {}),
        at=at,
    )


def managers_of(account: Account, *, but: User | None = None) -> list[User]:
    """Those who look after the members of an account and can sign in, `but` one of them."""
    members = account.memberships.noticed().select_related("user").order_by("pk")
    return [one.user for one in members if but is None or one.user_id != but.pk]


def owners_of(account: Account) -> list[User]:
    """The owners of an account who can sign in."""
    owners = account.memberships.filter(role=Membership.Role.OWNER, user__is_active=True)
    return [one.user for one in owners.select_related("user").order_by("pk")]
