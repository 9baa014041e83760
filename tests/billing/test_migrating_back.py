"""The migrations that made charging faster go back and forth over a ledger with money in it."""

import os
import subprocess
import sys

import psycopg
import pytest
from django.db import connections

from apiqik_backoffice.database_roles import APP, OWNER
from tests.billing.making import granted, make_account, paid_in, spend
from tests.plumbing.product import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = "0015"

# What the database holds billing to, in its own words.
RULES = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid::regclass::text LIKE 'billing_%' AND convalidated
UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'billing_%'
UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger
WHERE tgrelid::regclass::text LIKE 'billing_%' AND NOT tgisinternal
UNION ALL SELECT proname, proacl::text, pg_get_functiondef(oid) FROM pg_proc
WHERE proname LIKE 'billing_%'
ORDER BY 1, 2, 3
"""
MONEY = (
    "SELECT * FROM billing_wallet ORDER BY 1",
    "SELECT id, remaining FROM billing_creditlot ORDER BY 1",
    "SELECT * FROM billing_entry ORDER BY id",
)
CHARGE = """
SELECT verdict, taken FROM billing_charge_one(gen_random_uuid()::text, '', %s, 1000000,
    now(), NULL, NULL, NULL, NULL, NULL, NULL)
"""


@pytest.fixture
def elsewhere(test_database):
    """Connections to a copy of the database as it is when asked, and migrating of it."""
    server, name = test_database.server, f"{test_database.name}_back"
    yield Elsewhere(server, test_database.name, name)
    server.drop(name)


class Elsewhere:
    def __init__(self, server, original, name):
        self.server, self.original, self.name = server, original, name

    def copy(self):
        connections.close_all()
        self.server.copy(self.original, self.name)

    def migrate(self, *to):
        owner = psycopg.conninfo.make_conninfo(**self.server.connection(OWNER, self.name))
        subprocess.run(
            [sys.executable, "-m", "tests.plumbing.migrate", "billing", *to],
            cwd=ROOT,
            env=os.environ | {"TEST_OWNER_CONNECTION": owner, "DATABASE_ROLE": "owner"},
            check=True,
        )

    def ask(self, *questions, role=APP, values=None):
        wanted = self.server.connection(role, self.name)
        with psycopg.connect(**wanted, autocommit=True) as opened:
            return [opened.execute(question, values).fetchall() for question in questions]


def test_back_and_forth(elsewhere):
    account = make_account()
    paid_in(account, 10)
    granted(account, 2)
    spend(account, 3)
    elsewhere.copy()
    rules, money = elsewhere.ask(RULES, role=OWNER), elsewhere.ask(*MONEY)

    elsewhere.migrate(BEFORE)
    assert elsewhere.ask(*MONEY) == money
    [old] = elsewhere.ask(RULES, role=OWNER)
    names = {name for _table, name, _said in old}
    assert "billing_entry_journal_id_2f340c8e_fk_billing_journal_id" in names
    assert {"billing_journal_key_key", "billing_creditlot_left"} <= names
    assert not {"billing_stays", "billing_crossed", "billing_journal_key_once"} & names
    assert elsewhere.ask(CHARGE, values=[account.pk]) == [[("accepted", 1_000_000)]]
    money = elsewhere.ask(*MONEY)

    elsewhere.migrate()
    assert elsewhere.ask(RULES, role=OWNER) == rules
    assert elsewhere.ask(*MONEY) == money
    assert elsewhere.ask(CHARGE, values=[account.pk]) == [[("accepted", 1_000_000)]]
