"""Browsers of staff at the desk."""

import pytest
from django.test import Client

from tests.desk.signing_in import staff


@pytest.fixture
def desk(db):
    """Makes a signed-in browser of a new member of staff: `desk("support")`."""

    def open_desk(*groups, **fields) -> Client:
        return staff(*groups, **fields)[1]

    return open_desk
