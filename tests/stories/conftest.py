"""Fixtures of the stories."""

import pytest

from accounts.models import ServiceClient
from tests.accounts.making import make_person


@pytest.fixture
def gateway(client):
    """Asks over HTTP, as the platform's gateway does: `gateway(key, service, model=…)`."""
    _client, token = ServiceClient.issue(
        name="gateway", scopes=["access:read"], created_by=make_person(is_staff=True)
    )

    def ask(key, service, *, model=None, region=None):
        named = {"service": service.slug if service else model.service.slug}
        if model:
            named["model"] = model.slug
        if region:
            named["region"] = region.slug
        answer = client.get(
            "/api/v1/access",
            {"key_digest": key.digest, **named},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 200, answer.content
        return answer.json()

    return ask
