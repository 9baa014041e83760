"""What needs somebody's attention before a moment, the most urgent first: on the page of an
account and on that of all accounts. Apps add their sources in `AppConfig.ready`.

banner_sources.register(BannerSource("questions", banners))
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import leaving
from accounts.models import Account, Closing, Membership, User
from accounts.roles import ROLES, May
from common.registries import Registry


@dataclass(frozen=True, kw_only=True)
class Banner:
    """By `deadline`, shown in the account's time zone; `what` happens then or is asked, `act`
    is what to do, on the page at `url`. `document` and `version` are those of the clause."""

    account: Account
    deadline: datetime
    what: str
    act: str
    url: str
    clause: str = ""
    document: str = ""
    version: int | None = None


@dataclass(frozen=True)
class BannerSource:
    """Asked for all accounts of a person at once."""

    name: str
    of: Callable[[Collection[Account], User, datetime], Iterable[Banner]]


banner_sources: Registry[BannerSource] = Registry("source of banners")


def banners(accounts: Collection[Account], user: User, at: datetime) -> list[Banner]:
    """Of all sources, the most urgent first."""
    found = [banner for source in banner_sources for banner in source.of(accounts, user, at)]
    return sorted(found, key=lambda one: one.deadline)


def closings(accounts: Collection[Account], user: User, at: datetime) -> Iterable[Banner]:
    """Organizations about to be closed, for those who can take it back."""
    waiting = Closing.objects.open().filter(account__in=accounts, person=None)
    owned = Membership.objects.filter(user=user, role__in=ROLES[May.CLOSE])
    for closing in waiting.filter(account__in=owned.values("account")).select_related("account"):
        assert closing.account is not None  # an organization's
        yield Banner(
            account=closing.account,
            deadline=closing.ends_at,
            what=_("The organization is closed for good."),
            act=_("Read what that means, or take it back"),
            url=reverse("close_account", args=[closing.account.public_id]),
            clause=leaving.CLOSED.clause_number,
        )


def register() -> None:
    """Called once, when the app is ready."""
    banner_sources.register(BannerSource("closings", closings))
