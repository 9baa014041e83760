"""What is going to happen to accounts, as far as their people have been told.

Kept by the apps above, which register here in their `AppConfig.ready`; the account
pages show it beside the access that `accounts.access` computes.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Account, Measure
from common.changes import kinds_of_change
from common.registries import Registry


@dataclass(frozen=True)
class Upcoming:
    """A change begins for an account at a moment. None and empty mean all.

    `kind` is the name of the kind of change: some take nothing away, some only a part.
    """

    account_id: int
    service_id: int | None
    begins_at: datetime
    kind: str = "suspension"
    model_id: int | None = None
    region_id: int | None = None
    api_key_ids: tuple[int, ...] = ()

    @property
    def stops_services(self) -> bool:
        """Whether the whole of a service stops, or of all of them."""
        measure = getattr(kinds_of_change.get(self.kind), "measure", Measure.LIMIT)
        narrower = self.model_id or self.region_id or self.api_key_ids
        return measure != Measure.LIMIT and not narrower


@dataclass(frozen=True)
class UpcomingSource:
    """Something that knows; asked for several accounts at once."""

    name: str
    of: Callable[[Collection[Account], datetime], Iterable[Upcoming]]


sources: Registry[UpcomingSource] = Registry("source of upcoming changes")


def earliest(
    accounts: Collection[Account], *, at: datetime
) -> dict[tuple[int, int | None], datetime]:
    """When the first announced change stops a service, per account and service."""
    found: dict[tuple[int, int | None], datetime] = {}
    for source in sources:
        for one in source.of(accounts, at):
            if not one.stops_services:
                continue
            key = (one.account_id, one.service_id)
            found[key] = min(one.begins_at, found.get(key, one.begins_at))
    return found
