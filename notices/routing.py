"""Which provider carries a delivery, and when. The one door for whoever claims deliveries.

    chosen = choose(due, at=at)          # within the claiming transaction, due ones locked
    set_aside(due, chosen, at=at)        # writes what does not go now
    going = [one for one in due if isinstance(chosen[one.pk], Route)]

In this order: an address that is suppressed is not used at all (`notices.suppressions`); quiet
hours wait, unless waiting costs (`quiet_hours`); of the providers in their order
(`provider_orders`) those switched off are passed over (`kill_switches`), then those that have
no approved text for it (`provider_templates`); those that fare badly come last
(`provider_health`); and the first that has room carries it (`provider_limits`). A delivery
whose last attempt is in doubt stays with the provider of that attempt, whatever else holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef

from common.messaging import Verdict
from notices import quiet_hours, suppressions
from notices.due import Routable
from notices.house_rules import HouseRules
from notices.kill_switches import LOOK_AGAIN, Switches
from notices.models import Attempt, Delivery, ProviderHealth, Resolution
from notices.provider_health import Health
from notices.provider_limits import Budget, Wait, limits_of
from notices.provider_orders import Orders
from notices.provider_templates import Approved

Held = Delivery.Held
# So long a delivery waits for the rate of the provider it is meant for; beyond, the next one
# with room takes it.
PATIENCE = timedelta(minutes=1)

_WAIT = """
UPDATE notices_delivery delivery
SET not_before = said.not_before, held_by = said.held_by
FROM unnest(%(ids)s::bigint[], %(moments)s::timestamptz[], %(reasons)s::text[])
    AS said (id, not_before, held_by)
WHERE delivery.id = said.id
"""


@dataclass(frozen=True, kw_only=True)
class Route:
    """It goes now, by this provider. `provider_template` and `params` are for one that takes
    no free text."""

    provider: str
    provider_template: str = ""
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Later:
    """It does not go now; looked at again at `not_before`. `reason` is a `Delivery.Held`."""

    not_before: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class Never:
    """It does not go at all, and counts as failed: its address is suppressed."""

    reason: str = "suppressed"


Choice = Route | Later | Never


def choose(deliveries: Sequence[Routable], *, at: datetime) -> dict[int, Choice]:
    """For each delivery, by its primary key, what happens to it. Called within the claiming
    transaction with the deliveries locked and their `body` and `template` at hand; asks the
    database a fixed number of questions, and counts what goes as handed over."""
    if not deliveries:
        return {}
    chosen: dict[int, Choice] = {pk: Never() for pk in suppressions.suppressed(deliveries)}
    left = [one for one in deliveries if one.pk not in chosen]
    rules = HouseRules.now()
    if rules.quiet_hours:
        for pk, until in quiet_hours.waiting(left, at=at).items():
            chosen[pk] = Later(not_before=until, reason=Held.QUIET_HOURS)
        left = [one for one in left if one.pk not in chosen]
    if left:
        desk = _Desk(left, rules, at=at)
        chosen |= {one.pk: desk.choose(one) for one in left}
        desk.budget.write()
    return chosen


class _Desk:
    """All that is known of the providers of a batch."""

    def __init__(self, deliveries: Sequence[Routable], rules: HouseRules, *, at: datetime) -> None:
        self.at = at
        orders = Orders.now() if rules.orders else Orders([])
        self.doubtful = _in_doubt(deliveries)
        self.meant = {
            one.pk: [self.doubtful[one.pk]]
            if one.pk in self.doubtful
            else orders.of(one.channel, one.address)
            for one in deliveries
        }
        providers = {name for names in self.meant.values() for name in names}
        self.switches = Switches.now() if rules.switches else Switches([])
        self.approved = Approved(deliveries, providers)
        self.health = Health(providers, at=at)
        self.budget = Budget(
            limits_of(providers) if rules.limits else [],
            {one.address for one in deliveries},
            at=at,
        )

    def choose(self, delivery: Routable) -> Choice:
        on = [
            name
            for name in self.meant[delivery.pk]
            if not self.switches.stops(provider=name, channel=delivery.channel)
        ]
        if not on:
            return Later(not_before=self.at + LOOK_AGAIN, reason=Held.SWITCHED_OFF)
        routes = [
            Route(provider=name, provider_template=fitting[0], params=fitting[1])
            for name in self._by_health(on, delivery)
            if (fitting := self.approved.fitting(name, delivery)) is not None
        ]
        if not routes:
            return Later(not_before=self.at + LOOK_AGAIN, reason=Held.NO_TEMPLATE)
        return self._with_room(routes, delivery)

    def _by_health(self, names: Sequence[str], delivery: Routable) -> list[str]:
        """Those that take it in their order, then the others."""
        return sorted(names, key=lambda name: not self.health.takes(name, delivery))

    def _with_room(self, routes: Sequence[Route], delivery: Routable) -> Choice:
        waits: list[tuple[Wait, Route]] = []
        for route in routes:
            wait = self.budget.lacks(route.provider, delivery, route.provider_template)
            if wait is None:
                self.budget.take(route.provider, delivery, route.provider_template)
                return route
            waits.append((wait, route))
            if wait.reason == Held.RATE and wait.until <= self.at + PATIENCE:
                break
        wait, route = min(waits, key=lambda each: each[0].until)
        until = wait.until
        if wait.reason == Held.RATE:
            until = self.budget.keep_place(route.provider, delivery)
        return Later(not_before=until, reason=wait.reason)


def provider_of_letters(channel: str) -> str | None:
    """The provider by which letters of a channel go now: of those that are not switched off
    the one that fares best, in their order. None: they wait. Limits, quiet hours and countries
    are for notices; suppressed addresses get neither (`letter_sending`)."""
    switches = Switches.now()
    on = [
        name
        for name in Orders.now().of(channel, "")
        if not switches.stops(provider=name, channel=channel)
    ]
    tenths = dict(ProviderHealth.objects.filter(pk__in=on).values_list("pk", "tenths"))
    on.sort(key=lambda name: -tenths.get(name, ProviderHealth.FULL))
    return next(iter(on), None)


def _in_doubt(deliveries: Sequence[Routable]) -> dict[int, str]:
    """The provider of the last attempt, for those whose last attempt may have been taken. One
    that its provider is sure never to have had is free to go elsewhere."""
    tried = [delivery.pk for delivery in deliveries if delivery.tries]
    if not tried:
        return {}
    newest = (
        Attempt.objects.filter(delivery__in=tried)
        .order_by("delivery", "-fence")
        .distinct("delivery")
        .annotate(
            not_taken=Exists(
                Resolution.objects.filter(attempt=OuterRef("pk"), kind=Resolution.Kind.NOT_TAKEN)
            )
        )
        .values_list("delivery_id", "provider", "outcome__verdict", "not_taken")
    )
    return {
        pk: provider
        for pk, provider, verdict, not_taken in newest
        if verdict in (None, Verdict.AMBIGUOUS) and not not_taken
    }


def set_aside(
    deliveries: Sequence[Routable], chosen: Mapping[int, Choice], *, at: datetime
) -> None:
    """Writes what does not go now: when it is looked at again and what holds it, or that it
    has failed. Tries are not counted. In the transaction of `choose`."""
    later = {one.pk: choice for one in deliveries if isinstance(choice := chosen[one.pk], Later)}
    if later:
        with connection.cursor() as cursor:
            cursor.execute(
                _WAIT,
                {
                    "ids": list(later),
                    "moments": [choice.not_before for choice in later.values()],
                    "reasons": [str(choice.reason) for choice in later.values()],
                },
            )
    never = [one.pk for one in deliveries if isinstance(chosen[one.pk], Never)]
    if never:
        suppressions.fail(never, at=at)
