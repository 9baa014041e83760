"""What text messages with codes may be sent: each limit fires, alone and for all processes."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from accounts import sms_budget, tasks
from accounts.exceptions import CountryNotServed, TooManyMessages
from accounts.models import MessageCount
from accounts.sms_budget import Purpose
from apiqik_backoffice.settings.messages import countries_of, limits_of
from common import clock as house_clock
from tests.accounts.making import make_account, make_person
from tests.plumbing.together import refusals, together

AMPLE = {
    "number_pause": "100/1s",
    "number_hour": "100/1h",
    "number_day": "100/1d",
    "prefix_hour": "100/1h",
    "prefix_day": "100/1d",
    "address_hour": "100/1h",
    "address_day": "100/1d",
    "account_day": "100/1d",
    "platform_day": "100/1d",
}


@pytest.fixture
def at(db):
    return house_clock.now()


@pytest.fixture
def only(settings):
    """Makes one limit small and all others ample."""

    def only(**limits):
        settings.SMS_LIMITS = limits_of({**AMPLE, **limits})

    return only


def spend(at, phone="+8613812345678", address="203.0.113.9", purpose=Purpose.SIGN_UP, **more):
    sms_budget.spend(phone=phone, address=address, purpose=purpose, at=at, **more)


def refused(at, **what):
    with pytest.raises(TooManyMessages) as refusal:
        spend(at, **what)
    return refusal.value


SAME = {"phone": "+8613812345678", "address": "203.0.113.9"}
OTHER = {"phone": "+8613912340000", "address": "198.51.100.1", "purpose": Purpose.RESET}


@pytest.mark.parametrize(
    ("limit", "written", "same", "apart"),
    [
        ("number_pause", "2/60s", SAME, {"purpose": Purpose.RESET}),
        ("number_hour", "2/1h", {"purpose": Purpose.RESET}, {"phone": "+8613812345679"}),
        ("number_day", "2/1d", {"address": "198.51.100.1"}, {"phone": "+8613812345679"}),
        ("prefix_hour", "2/1h", {"phone": "+8613812340000"}, {"phone": "+8613812350000"}),
        ("prefix_day", "2/1d", {"phone": "+8613812349999"}, {"phone": "+8613912345678"}),
        ("address_hour", "2/1h", {"phone": "+8613912345678"}, {"address": "203.0.113.10"}),
        ("address_day", "2/1d", {"phone": "+8613912345678"}, {"address": "203.0.113.10"}),
        ("platform_day", "2/1d", OTHER, None),
    ],
)
def test_each_limit_fires_for_what_it_counts_and_for_nothing_else(
    at, only, limit, written, same, apart
):
    only(**{limit: written})
    spend(at)
    spend(at)
    refusal = refused(at, **same)
    assert refusal.limits == [limit]
    period = limits_of({limit: written})[limit][1]
    assert refusal.retry_after == period.total_seconds()
    if apart is not None:
        spend(at, **apart)
    spend(at + period, **same)


def test_an_account_and_a_country_have_their_share(at, only, settings):
    only(account_day="2/1d")
    account, person = make_account(), make_person()
    for _turn in range(2):
        spend(at, on_behalf_of=account)
    assert refused(at, on_behalf_of=account).limits == ["account_day"]
    spend(at, on_behalf_of=person)

    settings.SMS_COUNTRIES = {"CN": 100, "HK": 2}
    for _turn in range(2):
        spend(at, phone="+85251234567")
    assert refused(at, phone="+85251234567").limits == ["country_day"]
    spend(at)


def test_a_country_that_is_not_served_is_told_so(at, settings):
    settings.SMS_COUNTRIES = {"CN": 100, "HK": 0}
    for phone in ("+4930123456", "+85251234567"):
        with pytest.raises(CountryNotServed):
            spend(at, phone=phone)
    assert not MessageCount.objects.exists()


def test_an_ipv6_visitor_is_a_64_and_a_mapped_address_is_the_old_one(at, only):
    only(address_hour="1/1h")
    spend(at, address="2001:db8:1:2::1")
    assert refused(at, address="2001:db8:1:2:ffff::9").limits == ["address_hour"]
    spend(at, address="2001:db8:1:3::1")
    spend(at, address="203.0.113.9")
    assert refused(at, address="::ffff:203.0.113.9").limits == ["address_hour"]
    spend(at, address=None)
    assert refused(at, address=None).limits == ["address_hour"]


def test_what_is_refused_is_not_counted_anywhere(at, only):
    only(number_hour="1/1h")
    spend(at)
    before = sorted(MessageCount.objects.values_list("limit", "spent"))
    for _turn in range(3):
        refused(at)
    assert sorted(MessageCount.objects.values_list("limit", "spent")) == before


def test_time_runs_from_the_first_message(at, only):
    only(number_hour="2/1h")
    spend(at)
    spend(at + timedelta(minutes=50))
    assert refused(at + timedelta(minutes=59)).retry_after == 60
    spend(at + timedelta(hours=1))


def test_a_limit_of_none_refuses_all(at, only):
    only(platform_day="0/1d")
    assert refused(at).limits == ["platform_day"]


def test_a_lowered_limit_holds_at_once(at, only):
    for _turn in range(3):
        only()
        spend(at)
    only(number_hour="2/1h")
    assert refused(at).limits == ["number_hour"]


def test_an_emptied_cache_forgives_nobody(at, only):
    only(number_hour="1/1h")
    spend(at)
    cache.clear()
    refused(at)


def test_numbers_and_addresses_are_not_kept(at):
    spend(at)
    kept = " ".join(MessageCount.objects.values_list("key", flat=True))
    for number in ("13812345678", "1381234", "203.0.113"):
        assert number not in kept


def test_counters_whose_time_is_over_are_deleted(at, only):
    only(number_pause="5/60s")
    spend(at - timedelta(hours=2))
    before = MessageCount.objects.count()
    assert tasks.forget_message_counts.apply().get() == 4  # the pause and three hours
    assert MessageCount.objects.count() == before - 4


def test_an_unknown_purpose_is_a_mistake_of_ours(at):
    with pytest.raises(ValueError, match="party"):
        spend(at, purpose="party")


def test_it_refuses_to_run_where_it_could_be_rolled_back(at):
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        spend(at)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_what_there_is_and_no_more(only):
    only(platform_day="5/1d")
    at = house_clock.now()
    phones = [f"+86138{number:08}" for number in range(10_000_000, 10_000_012)]
    came_to = together(*[lambda p=p: spend(at, phone=p) for p in phones])
    assert len(refusals(came_to)) == 7
    assert MessageCount.objects.get(limit="platform_day").spent == 5


@pytest.mark.parametrize("written", ["5", "5/h", "x/1h", "5/1w", "5/0h", "-1/1h"])
def test_a_limit_that_is_none_stops_the_start(written):
    with pytest.raises(ImproperlyConfigured, match="number_hour"):
        limits_of({"number_hour": written})


def test_unknown_limits_and_countries_stop_the_start():
    with pytest.raises(ImproperlyConfigured, match="hourly"):
        limits_of({"hourly": "1/1h"})
    for chosen in ({"china": "5"}, {"CN": "many"}):
        with pytest.raises(ImproperlyConfigured, match="CN=20000"):
            countries_of(chosen)
