"""Tokens of clients go back into their clients and out again, with nothing lost of what works."""

import os
import subprocess
import sys
from datetime import timedelta

import psycopg
import pytest
from django.db import connections

from accounts import credentials, service_clients
from accounts.models import ServiceClient
from apiqik_backoffice.database_roles import APP, OWNER
from common.clock import now
from tests.accounts.making import make_person
from tests.plumbing.product import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = "0103"
THERE = "SELECT name, digest, prefix, expires_at FROM {} ORDER BY name, {}"


def test_a_client_has_its_newest_token_before_and_all_of_that_afterwards(test_database):
    server, name = test_database.server, f"{test_database.name}_tokens"
    ends = now() + timedelta(days=3)
    plain, _secret = ServiceClient.issue(name="a", scopes=[], created_by=make_person())
    rotated, _secret = ServiceClient.issue(name="b", scopes=[], created_by=make_person())
    _token, newest = service_clients.rotate(
        client=rotated,
        by=rotated.created_by,
        overlap=timedelta(days=1),
        expires_at=ends,
        at=now(),
    )
    known = [plain.tokens.get().digest, credentials.digest(newest)]
    connections.close_all()
    server.copy(test_database.name, name, for_one_test=True)
    try:
        migrate(server, name, BEFORE)
        before = ask(server, name, THERE.format("accounts_serviceclient", "id"))
        assert [row[1] for row in before] == known
        assert before[1][3] == ends
        migrate(server, name)
        joined = "accounts_clienttoken token JOIN accounts_serviceclient c ON c.id = client_id"
        after = ask(
            server,
            name,
            THERE.replace("name, digest", "c.name, digest", 1).format(joined, "token.id"),
        )
        assert after == before
        [(most,)] = ask(
            server, name, "SELECT DISTINCT requests_per_minute FROM accounts_serviceclient"
        )
        assert most == 10_000_000
    finally:
        server.drop(name)


def migrate(server, name, *to):
    owner = psycopg.conninfo.make_conninfo(**server.connection(OWNER, name))
    subprocess.run(
        [sys.executable, "-m", "tests.plumbing.migrate", "accounts", *to],
        cwd=ROOT,
        env=os.environ | {"TEST_OWNER_CONNECTION": owner, "DATABASE_ROLE": "owner"},
        check=True,
    )


def ask(server, name, question):
    with psycopg.connect(**server.connection(APP, name)) as connection:
        return connection.execute(question).fetchall()
