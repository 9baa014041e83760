"""Gateways that die while 10,000 restrictions and liftings are written, and how fast a block is
in force at one: see docs/faults.md and docs/enforcement.md."""

import os

import pytest

from tests.accounts.conftest import ungated  # noqa: F401 -- a fixture
from tests.faults import gateways

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

CHANGES = int(os.environ.get("FAULTS_RESTRICTIONS", "10000"))
BLOCKS = int(os.environ.get("FAULTS_BLOCKS", "30"))
only_redis = pytest.mark.parametrize("broker", ["redis"], indirect=True)


@only_redis
@pytest.mark.usefixtures("ungated")
def test_four_gateways_die_while_much_is_taken_away(crew, figures, test_database, tmp_path):
    gateways.many_changes(
        figures, crew, test_database, times=CHANGES, folder=tmp_path, site_dies=True
    )


def test_from_the_approval_of_a_block_to_a_no_at_a_gateway(crew, figures, tmp_path):
    gateways.from_approval_to_denial(
        figures, crew, times=BLOCKS, folder=tmp_path, name=f"gateways_{crew.broker.name}"
    )
