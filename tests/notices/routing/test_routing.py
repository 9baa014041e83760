"""Orders, kill switches and doubt: which provider carries a delivery."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.exceptions import NotAllowed, ReasonMissing
from common.clock import now
from common.exceptions import EvidenceIsFinal, NotRegistered
from notices import kill_switches, provider_orders
from notices.exceptions import OrderRefused, WrongState
from notices.models import Delivery, KillSwitch, ProviderHealth, ProviderOrder
from notices.routing import Later, Route
from tests.notices.making import make_staff
from tests.notices.routing.making import (
    attempted,
    by,
    make_waiting,
    providers_of,
    route,
)

pytestmark = pytest.mark.django_db


def make_switcher():
    person = make_staff(name="Night shift")
    person.groups.get().permissions.add(Permission.objects.get(codename="add_killswitch"))
    return person


def switch_off(**what):
    return kill_switches.switch_off(
        switched_by=make_switcher(), reason="Their cable is cut", **what
    )


def test_without_rows_the_order_of_the_settings_holds():
    make_waiting()
    assert providers_of(route()) == ["first"]
    assert providers_of(route("email")) == ["post"]


def test_a_country_with_an_order_of_its_own():
    make_waiting()
    ProviderOrder.objects.create(channel="sms", country="CN", providers=["second", "first"])
    ProviderOrder.objects.create(channel="sms", country="", providers=["first"])
    assert providers_of(route()) == ["second"]


def test_every_other_country_takes_the_order_for_everywhere():
    make_waiting()
    ProviderOrder.objects.create(channel="sms", country="DE", providers=["first"])
    ProviderOrder.objects.create(channel="sms", country="", providers=["second"])
    assert providers_of(route()) == ["second"]


def test_a_provider_that_left_the_settings_is_passed_over(settings):
    make_waiting()
    ProviderOrder.objects.create(channel="sms", country="", providers=["gone", "second"])
    assert providers_of(route()) == ["second"]


@pytest.mark.parametrize("providers", [[], ["post"], ["first", "first"], ["nobody"]])
def test_an_order_that_cannot_be_followed_is_refused(providers):
    with pytest.raises(OrderRefused):
        provider_orders.check(channel="sms", providers=providers)


def test_what_is_switched_off_is_passed_over_and_comes_back():
    make_waiting()
    switch = switch_off(provider="first")
    assert providers_of(route()) == ["second"]
    kill_switches.switch_on(switch=switch, lifted_by=make_switcher(), reason="Mended", at=now())
    assert providers_of(route()) == ["first"]


def test_with_nobody_left_it_waits_and_is_not_lost():
    make_waiting()
    first, second = switch_off(provider="first"), switch_off(provider="second")
    [(delivery, choice)] = route()
    assert choice == Later(not_before=choice.not_before, reason="switched_off")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.held_by, delivery.tries) == ("pending", "switched_off", 0)
    assert route() == []
    assert kill_switches.waiting_for(first) == 1
    kill_switches.switch_on(switch=second, lifted_by=make_switcher(), reason="Mended", at=now())
    assert providers_of(route()) == ["second"]


def test_a_whole_channel_is_switched_off():
    make_waiting()
    switch_off(channel="sms")
    assert providers_of(route()) == [None]
    assert providers_of(route("email")) == ["post"]


def test_switching_needs_permission_a_reason_and_something_to_switch():
    with pytest.raises(NotAllowed):
        kill_switches.switch_off(channel="sms", switched_by=make_staff(), reason="Because")
    with pytest.raises(ReasonMissing):
        kill_switches.switch_off(channel="sms", switched_by=make_switcher(), reason=" ")
    for what in ({}, {"channel": "inbox"}, {"provider": "first", "channel": "email"}):
        with pytest.raises(WrongState):
            switch_off(**what)
    with pytest.raises(NotRegistered):
        switch_off(provider="nobody")
    switch = switch_off(channel="sms")
    with pytest.raises(WrongState):
        switch_off(channel="sms")
    kill_switches.switch_on(switch=switch, lifted_by=make_switcher(), reason="Fine", at=now())
    with pytest.raises(WrongState):
        kill_switches.switch_on(switch=switch, lifted_by=make_switcher(), reason="Fine", at=now())
    with pytest.raises(EvidenceIsFinal):
        KillSwitch.objects.all().delete()


@pytest.mark.parametrize("verdict", ["ambiguous", None])
def test_what_is_in_doubt_stays_with_its_provider(verdict):
    make_waiting()
    [delivery] = Delivery.objects.filter(channel="sms")
    attempted(delivery, "second", verdict)
    ProviderHealth.objects.create(provider="second", tenths=0, measured_at=now())
    assert providers_of(route()) == ["second"]
    switch_off(provider="second")
    [(_delivery, choice)] = route()
    assert choice.reason == "switched_off"


def test_what_was_refused_for_now_may_move():
    make_waiting()
    [delivery] = Delivery.objects.filter(channel="sms")
    attempted(delivery, "first", "rejected_for_now")
    switch_off(provider="first")
    assert providers_of(route()) == ["second"]


def test_a_batch_costs_the_same_questions_whatever_its_size():
    def questions():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            route()
        return len(seen)

    make_waiting(people=2)
    route()  # the first one writes down that there are providers
    few = questions()
    make_waiting(people=12)
    assert questions() == few


def test_all_of_them_are_routed_once(settings):
    settings.MESSAGE_PROVIDERS = by(only="sms")
    make_waiting(people=5)
    routed = route()
    assert [choice for _delivery, choice in routed] == [Route(provider="only")] * 5
