"""What is going to happen to accounts, as far as their people have been told.

Kept by the apps above, which register here in their `AppConfig.ready`; the account
pages show it beside the access that `accounts.access` computes.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Account
from common.registries import Registry


@dataclass(frozen=True)
class Upcoming:
    """A service of an account stops at a moment; `service_id` None means all of them."""

    account_id: int
    service_id: int | None
    begins_at: datetime


@dataclass(frozen=True)
class UpcomingSource:
    """Something that knows; asked for several accounts at once."""

    name: str
    of: Callable[[Collection[Account], datetime], Iterable[Upcoming]]


sources: Registry[UpcomingSource] = Registry("source of upcoming changes")


def earliest(
    accounts: Collection[Account], *, at: datetime
) -> dict[tuple[int, int | None], datetime]:
    """When the first announced change begins, per account and service."""
    found: dict[tuple[int, int | None], datetime] = {}
    for source in sources:
        for one in source.of(accounts, at):
            key = (one.account_id, one.service_id)
            found[key] = min(one.begins_at, found.get(key, one.begins_at))
    return found
