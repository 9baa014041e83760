"""A short look at the whole contract by schemathesis; `make faults` takes a long one."""

import pytest
from hypothesis import HealthCheck, settings

from accounts.models import ServiceClient
from tests.api.contract import contract, demand
from tests.api.table import World

schema = contract(coverage=False)


@pytest.fixture
def world(db):
    return World()


@pytest.fixture
def token(world):
    scopes = ServiceClient.Scope.values
    return ServiceClient.issue(name="every", scopes=scopes, created_by=world.staff)[1]


@schema.parametrize()
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_answers_keep_the_contract(case, world, token):
    demand(case, world, token)
