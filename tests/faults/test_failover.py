"""At scale: what `tests/notices/routing/test_failover.py` does in `make test` to a few."""

import pytest

from tests.faults import failover
from tests.notices.routing.test_failover import gateways, short_patience  # noqa: F401 -- fixtures

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def test_a_full_provider(figures, clock, gateways):  # noqa: F811 -- the fixture
    seen = failover.full_provider(clock, *gateways, people=2_000)
    figures.exactly("full_provider.lost", seen["lost"], 0)
    figures.exactly("full_provider.twice", seen["twice"], 0)
    figures.exactly("full_provider.tenths_while_full", seen["tenths_while_full"], 0)
    figures.at_least("full_provider.taken_by_the_next", seen["taken_by_second"], 2_000)
    figures.exactly("full_provider.tenths_afterwards", seen["tenths_afterwards"], 10)
    figures.at_least("full_provider.taken_when_well_again", seen["taken_by_first"], 1)


def test_a_slow_provider(figures, clock, gateways, short_patience):  # noqa: F811
    seen = failover.slow_provider(clock, *gateways, people=500, batches=12)
    figures.exactly("slow_provider.doubtful_moved", seen["doubtful_moved"], 0)
    figures.exactly("slow_provider.twice", seen["twice"], 0)
    figures.exactly("slow_provider.in_doubt", seen["doubtful"], seen["taken_by_first"])
    figures.exactly("slow_provider.accepted", seen["accepted"] + seen["doubtful"], 500)
