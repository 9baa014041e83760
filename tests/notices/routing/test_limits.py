"""Rates, daily caps and caps for one address: over them a delivery waits, and is not lost."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from common.clock import now
from notices.models import Delivery, ProviderLimit, ProviderUse
from notices.provider_limits import forget_uses, next_place
from notices.routing import Later, Route
from tests.notices.routing.making import attempted, by, make_waiting, providers_of, route

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_provider(settings):
    settings.MESSAGE_PROVIDERS = by(only="sms")


def limit(**limits):
    return ProviderLimit.objects.create(provider="only", **limits)


def sent_of(routed):
    """Takes those that go out of the queue, as the claim does; how many that were."""
    going = [one.pk for one, choice in routed if isinstance(choice, Route)]
    Delivery.objects.filter(pk__in=going).update(state="accepted")
    return len(going)


def run(until, *, every=timedelta(milliseconds=100)):
    """Claims again and again; how many went at which moment."""
    moment, went = now(), {}
    end = moment + until
    while moment <= end:
        if count := sent_of(route(at=moment)):
            went[moment] = count
        moment += every
    return went


def most_within(went, window):
    return max(
        sum(count for other, count in went.items() if first <= other < first + window)
        for first in went
    )


@pytest.mark.parametrize(
    ("limits", "window", "most"),
    [
        ({"per_second": 2}, timedelta(seconds=1), 2),
        ({"per_second": 1}, timedelta(seconds=1), 1),
        ({"per_minute": 120, "per_second": 3}, timedelta(seconds=1), 3),
    ],
)
def test_a_rate_is_kept_in_every_window_and_everything_goes(limits, window, most):
    make_waiting(people=12)
    limit(**limits)
    went = run(timedelta(seconds=20))
    assert most_within(went, window) <= most
    assert sum(went.values()) == 12
    assert len(went) > 3


def test_what_waits_for_the_rate_does_not_lose_its_place():
    make_waiting(people=12)
    limit(per_second=2)
    begun = now()
    first = route(at=begun)
    waiting = [choice for _one, choice in first if isinstance(choice, Later)]
    assert {choice.reason for choice in waiting} == {"rate"}
    assert len({choice.not_before for choice in waiting}) == len(waiting) == 11
    sent_of(first)
    moved = Counter()
    for step in range(1, 80):
        moment = begun + timedelta(milliseconds=100 * step)
        routed = route(at=moment)
        moved.update(one.pk for one, choice in routed if isinstance(choice, Later))
        sent_of(routed)
    assert not Delivery.objects.filter(channel="sms", state="pending").exists()
    assert max(moved.values(), default=0) <= 2


def test_whoever_sends_can_wait_for_the_next_place():
    make_waiting(people=3)
    limit(per_second=1)
    begun = now()
    assert next_place("sms", within=timedelta(seconds=2), at=begun) is None
    sent_of(route(at=begun))
    place = next_place("sms", within=timedelta(seconds=2), at=begun)
    assert begun < place <= begun + timedelta(seconds=2)
    assert next_place("email", within=timedelta(seconds=2), at=begun) is None


def test_who_comes_anew_waits_behind_those_that_have_a_place():
    make_waiting(people=3)
    limit(per_second=1)
    begun = now()
    sent_of(route(at=begun))
    last = Delivery.objects.filter(channel="sms", held_by="rate").latest("not_before").not_before
    make_waiting(people=1)
    Delivery.objects.filter(channel="sms", state="pending", held_by="").update(not_before=begun)
    newcomers = [
        choice for one, choice in route(at=begun + timedelta(seconds=1)) if one.held_by != "rate"
    ]
    assert [choice.not_before > last for choice in newcomers] == [True]


def test_a_daily_cap_waits_for_midnight_in_beijing():
    make_waiting(people=4)
    limit(per_day=3)
    routed = route()
    assert sent_of(routed) == 3
    [later] = [choice for _one, choice in routed if isinstance(choice, Later)]
    assert later.reason == "daily_cap"
    midnight = later.not_before.astimezone(ZoneInfo("Asia/Shanghai"))
    assert (midnight.hour, midnight.minute) == (0, 0)
    assert later.not_before > now()
    assert sum(use.submitted for use in ProviderUse.objects.filter(provider="only")) == 3
    assert sent_of(route(at=later.not_before)) == 1


def test_over_the_daily_cap_the_next_provider_carries_it(settings):
    settings.MESSAGE_PROVIDERS = by(only="sms", second="sms")
    make_waiting(people=4)
    limit(per_day=3)
    assert providers_of(route()) == ["only"] * 3 + ["second"]


def test_a_cap_for_one_address_counts_what_was_handed_over_within_a_day(clock):
    make_waiting()
    limit(per_address=2)
    [delivery] = Delivery.objects.filter(channel="sms")
    first = attempted(delivery, "only", "rejected_for_now")
    clock.advance(hours=1)
    attempted(delivery, "only", "rejected_for_now")
    attempted(delivery, "second", "rejected_for_now")
    attempted(delivery, "only", "rejected_for_now", text="SMS_OTHER")
    [(_one, choice)] = route()
    assert choice == Later(not_before=first.recorded_at + timedelta(days=1), reason="address_cap")
    clock.set(choice.not_before + timedelta(seconds=1))
    assert providers_of(route()) == ["only"]


def test_old_counts_are_forgotten():
    ProviderUse.objects.create(
        provider="only", hour=datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")), shard=0, submitted=9
    )
    make_waiting()
    route()
    assert forget_uses(at=now()) == 1
    assert ProviderUse.objects.exists()
