"""Migrations go back and forth over a ledger with money in it, and over what people were told."""

import os
import subprocess
import sys
from datetime import timedelta

import psycopg
import pytest
from django.db import connections

from apiqik_backoffice.database_roles import APP, OWNER
from billing import alerts, applications, telling
from billing.models import Occasion
from common.clock import now
from common.encryption import decrypt
from notices import letter_sending, letters
from notices.models import Letter
from tests.billing.making import granted, make_account, make_requester, paid_in, spend, yuan
from tests.notices.making import make_customer
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
        self.server.copy(self.original, self.name, for_one_test=True)

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


# What is shown as proof of a letter about money: in letters, and in the tables of its own that
# billing had.
LETTERS = (
    """
    SELECT public_id, recorded_at, recipient_id, language, subject, body, sms, kind, key,
        account_id, masked, address_mark
    FROM notices_letter ORDER BY public_id
    """,
    """
    SELECT public_id, reading.recorded_at FROM notices_letterreading reading
    JOIN notices_letter letter ON letter.id = letter_id ORDER BY public_id
    """,
    """
    SELECT public_id, channel, state, tries, not_before, lease_until, reference, settled_at,
        provider_reference, answer, sent.masked, sent.address
    FROM notices_letterdelivery sent JOIN notices_letter letter ON letter.id = letter_id
    ORDER BY public_id, channel
    """,
)
MESSAGES = (
    """
    SELECT public_id, recorded_at, recipient_id, language, subject, body, sms, occasion_id
    FROM billing_moneymessage ORDER BY public_id
    """,
    """
    SELECT public_id, reading.recorded_at FROM billing_moneyreading reading
    JOIN billing_moneymessage message ON message.id = message_id ORDER BY public_id
    """,
    """
    SELECT public_id, channel, state, tries, not_before, lease_until, reference, settled_at,
        provider_reference, answer, address
    FROM billing_moneydelivery sent JOIN billing_moneymessage message ON message.id = message_id
    ORDER BY public_id, channel
    """,
)
GUARDS = """
SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger
WHERE tgrelid::regclass::text LIKE 'notices_letter%' AND NOT tgisinternal ORDER BY 1, 2
"""
PERMISSIONS = "SELECT codename FROM auth_permission WHERE codename LIKE '%moneymessage' ORDER BY 1"


def readable(deliveries):
    """With the address as it was written, instead of its ciphertext."""
    return [(*row[:-1], decrypt(row[-1], purpose=f"notices.letter:{row[0]}")) for row in deliveries]


def told(clock):
    """Letters of three kinds about money, one read, one sent but not answered for; and one of
    another app. The occasions' numbers by letter."""
    person, account = make_customer(language="en", contact_email="li@example.com")
    paid_in(account, 20)
    granted(account, 5, expires_at=now() + timedelta(days=3))
    alerts.note_expiring(at=now())
    spend(account, 18)
    applied = applications.apply(
        account=account, amount=yuan(1), reason="x", asked_by=person, at=now()
    )
    applications.decline(
        application=applied, declined_by=make_requester(), reason_zh_hans="否", reason_en="No"
    )
    letters.write(
        recipients=[person],
        kind="compliance.inquiry_asked",
        key="inq_1",
        account=account,
        words=lambda _person: letters.Words(subject="Why?", body="Why?"),
        at=now(),
    )
    telling.write_letters(at=now())
    letter_sending._claim("sms", provider="memory", at=now())
    letter_sending.send_due(at=now())
    clock.advance(hours=1)
    letters.read(letter=Letter.objects.get(kind="billing.low_balance"), reader=person)
    return {
        one.public_id: occasion.pk
        for one in Letter.objects.filter(kind__startswith="billing.")
        for occasion in Occasion.objects.all()
        if (one.kind, one.key) == (f"billing.{occasion.kind}", occasion.key)
    }


def test_letters_about_money_become_messages_and_letters_again(elsewhere, mailbox, clock):
    occasions = told(clock)
    assert len(occasions) == 3
    elsewhere.copy()
    guards = elsewhere.ask(GUARDS, role=OWNER)
    before = elsewhere.ask(*LETTERS)
    ours = [[row for row in rows if row[0] in occasions] for rows in before]
    others = [[row for row in rows if row[0] not in occasions] for rows in before]
    assert [len(rows) for rows in ours] == [3, 1, 6]
    assert {row[2] for row in ours[2]} == {"accepted", "sending"}

    elsewhere.migrate("0023")
    assert elsewhere.ask(*LETTERS) == others
    messages, readings, deliveries = elsewhere.ask(*MESSAGES)
    assert messages == [(*row[:7], occasions[row[0]]) for row in ours[0]]
    assert readings == ours[1]
    assert deliveries == [(*row[:-2], row[-1]) for row in readable(ours[2])]
    assert {row[-1] for row in deliveries if row[1] == "email"} == {"li@example.com"}
    assert elsewhere.ask(GUARDS, role=OWNER) == guards
    for statement in (
        "UPDATE billing_moneymessage SET body = ''",
        "DELETE FROM billing_moneyreading",
        "DELETE FROM billing_moneydelivery",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            elsewhere.ask(statement)
    assert elsewhere.ask(PERMISSIONS) != [[]]

    elsewhere.migrate()
    after = elsewhere.ask(*LETTERS)
    assert after[:2] == before[:2]
    assert readable(after[2]) == readable(before[2])
    assert elsewhere.ask(GUARDS, role=OWNER) == guards
    assert elsewhere.ask(PERMISSIONS) == [[]]
    assert elsewhere.ask("SELECT to_regclass('billing_moneymessage')") == [[(None,)]]
