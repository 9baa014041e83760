"""Access is tested apart from the gate that permits pass in real life."""

import pytest
from django.utils import translation

GATES = {
    "accounts_permit": "accounts_permit_passes_the_gate",
    "accounts_platformrestriction": "accounts_platformrestriction_is_approved",
}


@pytest.fixture
def ungated(as_owner):
    """Lets the test write permits and incidents without a change. Ask for it before `db`."""
    with as_owner() as owner:
        for table, gate in GATES.items():
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER {gate}")
        yield
        for table, gate in GATES.items():
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER {gate}")


@pytest.fixture(autouse=True)
def english():
    """Sentences are asserted in the language they are written in."""
    with translation.override("en"):
        yield
