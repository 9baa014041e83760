"""The whole contract by schemathesis, at length: CONTRACT_EXAMPLES of each kind, else 300."""

import os

import pytest
from hypothesis import HealthCheck, settings

from accounts.models import ServiceClient
from tests.api.contract import contract, demand
from tests.api.table import World

schema = contract()


@pytest.fixture
def world(db):
    return World()


@pytest.fixture
def token(world):
    scopes = ServiceClient.Scope.values
    return ServiceClient.issue(name="every", scopes=scopes, created_by=world.staff)[1]


@schema.parametrize()
@settings(
    max_examples=int(os.environ.get("CONTRACT_EXAMPLES", "300")),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_answers_keep_the_contract_at_length(case, world, token):
    demand(case, world, token)
