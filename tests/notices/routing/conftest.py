"""Two providers of text messages and one of e-mail."""

import pytest

from tests.notices.routing.making import by


@pytest.fixture(autouse=True)
def two_providers(settings):
    settings.MESSAGE_PROVIDERS = by(first="sms", second="sms")
