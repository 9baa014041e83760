"""Providers that are full or slow, over real sockets: traffic shifts and drifts back."""

import pytest

from tests.faults import failover
from tests.notices.routing.making import by
from tests.plumbing.gateways import Gateway

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateways(settings):
    with Gateway() as first, Gateway() as second:
        settings.MESSAGE_PROVIDERS = {
            **by(),
            "first": first.settings(),
            "second": second.settings(),
        }
        yield first, second


@pytest.fixture
def short_patience(monkeypatch):
    monkeypatch.setattr("common.messaging.http_gateway.TIMEOUT_SECONDS", 0.2)


def test_a_full_provider_loses_its_traffic_until_it_is_well(clock, gateways):
    seen = failover.full_provider(clock, *gateways, people=60)
    assert seen["lost"] == 0
    assert seen["twice"] == 0
    assert seen["tenths_while_full"] == 0
    assert seen["taken_by_second"] >= 60
    assert seen["tenths_afterwards"] == 10
    assert seen["taken_by_first"] >= 1


def test_what_is_in_doubt_stays_and_the_rest_moves(clock, gateways, short_patience):
    seen = failover.slow_provider(clock, *gateways, people=40, batches=12)
    assert seen["doubtful_moved"] == 0
    assert seen["twice"] == 0
    assert seen["doubtful"] == seen["taken_by_first"] >= 1
    assert seen["accepted"] + seen["doubtful"] == 40
    assert seen["taken_by_second"] >= 1
