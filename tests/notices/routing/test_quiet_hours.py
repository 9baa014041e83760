"""Quiet hours in the recipient's own zone, which never cost anybody a day of notice."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from common.clock import now
from notices.models import QuietHours
from notices.quiet_hours import quiet_until
from tests.notices.routing.making import make_waiting, providers_of, route

pytestmark = pytest.mark.django_db
BEIJING = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def quiet():
    return QuietHours.objects.create(channel="sms", begins=time(21), ends=time(8))


def local(day, hour, minute=0, zone=BEIJING):
    return datetime(2027, 3, day, hour, minute, tzinfo=zone)


@pytest.mark.parametrize(
    ("begins", "ends", "hour", "until"),
    [
        (21, 8, 20, None),
        (21, 8, 21, local(11, 8)),
        (21, 8, 23, local(11, 8)),
        (21, 8, 0, local(10, 8)),
        (21, 8, 7, local(10, 8)),
        (21, 8, 8, None),
        (12, 14, 13, local(10, 14)),
        (12, 14, 14, None),
    ],
)
def test_when_they_are_over(begins, ends, hour, until):
    hours = QuietHours(channel="sms", begins=time(begins), ends=time(ends))
    assert quiet_until(hours, at=local(10, hour), zone="Asia/Shanghai") == until


def test_a_night_that_the_clocks_change_in():
    hours = QuietHours(channel="sms", begins=time(21), ends=time(8))
    berlin = ZoneInfo("Europe/Berlin")
    until = quiet_until(hours, at=local(27, 23, zone=berlin), zone="Europe/Berlin")
    assert until == datetime(2027, 3, 28, 8, tzinfo=berlin)
    assert (until - local(27, 23, zone=berlin)).total_seconds() == 9 * 3600
    assert (until.astimezone(BEIJING) - local(27, 23, zone=berlin)).total_seconds() == 8 * 3600


def test_it_waits_for_the_morning(clock):
    clock.set(local(10, 2))
    make_waiting(in_days=10)
    [(delivery, choice)] = route()
    assert (choice.reason, choice.not_before) == ("quiet_hours", local(10, 8))
    assert providers_of(route("email")) == ["post"]  # has no quiet hours
    clock.set(local(10, 8))
    assert providers_of(route()) == ["first"]
    delivery.refresh_from_db()
    assert delivery.tries == 0


def test_the_zone_is_the_recipients_own(clock):
    clock.set(local(10, 2))
    make_waiting(in_days=10)
    User.objects.update(time_zone="America/New_York")  # an afternoon there
    assert providers_of(route()) == ["first"]


def test_it_does_not_wait_when_that_would_cost_a_day_of_notice(clock):
    """Lead of 3 days: told on the 10th, from the 14th on; told on the 11th, from the 15th."""
    clock.set(local(10, 22))
    change = make_waiting(effective_at=local(14, 0, 30))
    assert change.lead_policy.lead_days == 3
    assert providers_of(route()) == ["first"]


def test_it_waits_when_there_is_time_enough(clock):
    clock.set(local(10, 22))
    make_waiting(effective_at=local(15, 0, 30))
    [(_delivery, choice)] = route()
    assert choice.not_before == local(11, 8)


def test_what_acts_at_once_is_told_at_once(clock):
    from notices import progress
    from tests.notices.making import approve, make_customer, make_organization, plan, propose

    clock.set(local(10, 2))
    person, _account = make_customer()
    change = plan(make_organization(person), at_once=True, grounds="An attack", effective_at=now())
    propose(change)
    approve(change)
    progress.take_effect_all(at=now())
    progress.write_messages()
    assert providers_of(route()) == ["first"]


def test_hours_that_are_not_in_force_quieten_nothing(clock, quiet):
    QuietHours.objects.update(in_force=False)
    clock.set(local(10, 2))
    make_waiting(in_days=10)
    assert providers_of(route()) == ["first"]
