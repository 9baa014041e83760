"""The bootstrap command on a server of one's own."""

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from psycopg.conninfo import make_conninfo

from apiqik_backoffice import bootstrap
from apiqik_backoffice.database_roles import APP, OWNER


@pytest.fixture
def scratch(database_server, worker_id, monkeypatch):
    """A server to be bootstrapped, and the name of a database that is not there yet."""
    name = f"test_bootstrap_{worker_id}"
    database_server.drop(name)
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", name)
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", "db.example.com")
    monkeypatch.setenv("SUPERUSER_DATABASE_URL", make_conninfo(**database_server.superuser))
    monkeypatch.setenv("DATABASE_URL", f"postgres://{APP}@db.example.com/{name}")
    monkeypatch.setenv("OWNER_DATABASE_URL", f"postgres://{OWNER}@db.example.com/{name}")
    yield name
    database_server.drop(name)


def test_it_makes_roles_and_rights_and_may_be_run_again(scratch, database_server):
    assert not bootstrap.is_done(database_server.superuser, database=scratch)
    call_command("bootstrap_database")
    call_command("bootstrap_database")
    assert bootstrap.is_done(database_server.superuser, database=scratch)
    with psycopg.connect(**database_server.connection(OWNER, scratch)) as owner:
        owner.execute("CREATE TABLE thing (id int)")
    with psycopg.connect(**database_server.connection(APP, scratch), autocommit=True) as app:
        app.execute("INSERT INTO thing VALUES (1)")
        for statement in ("TRUNCATE thing", "CREATE TABLE mine (id int)", "DROP TABLE thing"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)


def test_without_a_superuser_it_says_so(scratch, monkeypatch):
    monkeypatch.setenv("SUPERUSER_DATABASE_URL", "")
    with pytest.raises(CommandError, match="SUPERUSER_DATABASE_URL is missing"):
        call_command("bootstrap_database")


def test_a_url_of_another_role_is_refused(scratch, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@db.example.com/x")
    with pytest.raises(CommandError, match="DATABASE_URL must sign in as apiqik_app, not as some"):
        call_command("bootstrap_database")


def test_a_server_that_is_away_is_named(scratch, monkeypatch):
    monkeypatch.setenv("SUPERUSER_DATABASE_URL", "postgres://postgres@127.0.0.1:9/postgres")
    with pytest.raises(CommandError, match="cannot be reached"):
        call_command("bootstrap_database")


def test_an_ordinary_role_may_not(scratch, database_server):
    app = database_server.connection(APP, "postgres")
    with pytest.raises(bootstrap.BootstrapError, match="may not do this"):
        bootstrap.bootstrap(app, database=scratch, passwords={})
