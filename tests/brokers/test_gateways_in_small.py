"""A little of `make faults` with gateways, so that `make test` has seen it; and one story through
the worker, the real server and the reference client."""

import pytest

from tests.accounts.conftest import ungated  # noqa: F401 -- a fixture
from tests.faults import gateways
from tests.faults.figures import Figures

pytestmark = [
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("broker", ["redis"], indirect=True),
]


@pytest.mark.usefixtures("ungated")
def test_gateways_die_while_much_is_taken_away(crew, test_database, tmp_path):
    figures = Figures()
    gateways.many_changes(figures, crew, test_database, times=100, folder=tmp_path)
    assert figures.short == [], figures.lines


def test_a_block_that_was_approved_is_denied_by_a_gateway(crew, tmp_path):
    # How fast that is belongs to `make faults`, where nobody else is at work.
    took = gateways.from_approval_to_denial(Figures(), crew, times=2, folder=tmp_path)
    assert max(took) < 30
