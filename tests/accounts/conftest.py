"""Access is tested apart from the gate that permits pass in real life."""

import pytest
from django.utils import translation

GATE = "accounts_permit_passes_the_gate"


@pytest.fixture
def ungated(as_owner):
    """Lets the test write permits without a notice. Ask for it before `db`."""
    with as_owner() as owner:
        owner.execute(f"ALTER TABLE accounts_permit DISABLE TRIGGER {GATE}")
        yield
        owner.execute(f"ALTER TABLE accounts_permit ENABLE TRIGGER {GATE}")


@pytest.fixture(autouse=True)
def english():
    """Sentences are asserted in the language they are written in."""
    with translation.override("en"):
        yield
