"""What a web process counted is written when it ends in order, long before its time to write."""

import json

import pytest

from accounts.models import ServiceClient, TokenUse
from tests.accounts.making import make_account, make_person, make_service
from tests.bench.serving import Server

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_server_that_is_stopped_writes_what_it_counted(test_database):
    account, service = make_account(), make_service()
    client, secret = ServiceClient.issue(
        name="gateway", scopes=["access:read"], created_by=make_person()
    )
    question = (
        f"GET /api/v1/access?account={account.public_id}&service={service.slug} HTTP/1.1\r\n"
        f"Host: 127.0.0.1\r\nAuthorization: Bearer {secret}\r\n\r\n"
    ).encode()
    database = json.dumps(test_database.as_django_settings())
    with Server("tests.bench.settings", database) as server:
        for _turn in range(5):
            assert server.ask(question).startswith(b"HTTP/1.1 200")

    uses = TokenUse.objects.filter(token__client=client)
    assert {(one.operation, one.address) for one in uses} == {("GET /api/v1/access", "127.0.0.1")}
    assert sum(one.count for one in uses) == 5
