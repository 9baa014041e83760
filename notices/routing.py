"""Which provider carries a delivery, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from common.messaging import configured
from notices.models import Delivery


@dataclass(frozen=True, kw_only=True)
class Route:
    """It goes now, by this provider. `provider_template` and `params` are for one that takes
    no free text."""

    provider: str
    provider_template: str = ""
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Later:
    """It does not go now; looked at again at `not_before`. `reason` is a code for staff."""

    not_before: datetime
    reason: str


def choose(deliveries: Sequence[Delivery], *, at: datetime) -> dict[int, Route | Later]:
    """For each delivery, by its primary key, what happens to it. Called within the claiming
    transaction with the deliveries locked; asks the database a fixed number of questions."""
    preferred = {
        channel: Route(provider=configured.names(channel)[0])
        for channel in {delivery.channel for delivery in deliveries}
    }
    return {delivery.pk: preferred[delivery.channel] for delivery in deliveries}


def set_aside(
    deliveries: Sequence[Delivery], chosen: Mapping[int, Route | Later], *, at: datetime
) -> None:
    """Writes down of those that do not go now when they are looked at again."""
    for delivery in deliveries:
        choice = chosen[delivery.pk]
        if isinstance(choice, Later):
            Delivery.objects.filter(pk=delivery.pk).update(not_before=choice.not_before)
