"""Fixtures for all tests. Databases are described in tests/plumbing/databases.py."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from django.utils.translation import override
from pytest_django.plugin import DjangoDbBlocker

from apiqik_backoffice.database_roles import APP
from common.messaging import configured
from tests.plumbing.clocks import Clock
from tests.plumbing.databases import OwnersDoor, TestDatabase, TestServer
from tests.plumbing.openid_provider import openid  # noqa: F401 -- a fixture
from tests.plumbing.receiving import mailbox, phone_messages  # noqa: F401 -- fixtures

Connection = psycopg.Connection[Any]


def pytest_configure(config: pytest.Config) -> None:
    """Compile the translations, once, before the processes that share the tests start."""
    if not hasattr(config, "workerinput"):
        call_command("compile_translations", verbosity=0)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Who gets which test when several processes share them."""
    from tests.plumbing.one_at_a_time import OneAtATime

    return OneAtATime(config, log)


@pytest.fixture(scope="session")
def database_server() -> Iterator[TestServer]:
    """The test server, started for this session and stopped by the last one that uses it."""
    server = TestServer()
    server.open()
    yield server
    server.close()


@pytest.fixture(scope="session")
def test_database(database_server: TestServer, request: pytest.FixtureRequest) -> TestDatabase:
    """This test process's copy of the template."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    return TestDatabase(database_server, worker)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    test_database: TestDatabase,
) -> Iterator[None]:
    """Point Django at the copy, as the app role, instead of creating a database of its own."""
    with django_db_blocker.unblock():
        test_database.renew()
        connections["default"].settings_dict.update(test_database.as_django_settings())
    # A test that commits ends with a fresh copy: TRUNCATE, Django's way, is refused
    # on append-only tables, rightly.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: test_database.renew())
        yield
    with django_db_blocker.unblock():
        connections.close_all()
    test_database.server.drop(test_database.name)


@pytest.fixture
def as_owner(django_db_setup: None, test_database: TestDatabase) -> Iterator[OwnersDoor]:
    """The test database as the schema's owner: as_owner.execute(...), or a whole connection.

    It sees committed rows only, so not those of a test in a transaction. What it
    writes stays for the tests after this one: undo it, or mark the test
    `django_db(transaction=True)`.
    """
    with OwnersDoor(test_database) as door:
        yield door


@pytest.fixture
def app_connection(django_db_setup: None, test_database: TestDatabase) -> Iterator[Connection]:
    """A raw connection as the app role, as an attacker in the web server would have it."""
    with test_database.connect(APP) as connection:
        yield connection


@pytest.fixture
def clock(django_db_setup: None, test_database: TestDatabase) -> Iterator[Clock]:
    """The database's clock: clock.set(datetime), clock.advance(days=30). Ends at real time."""
    shifted = Clock(test_database)
    yield shifted
    shifted.reset()


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Counters of sign-in attempts must not leak from one test into the next."""
    cache.clear()


@pytest.fixture(autouse=True)
def _providers() -> Iterator[None]:
    """No line to a mail server stays open behind a test."""
    yield
    configured.forget()


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """Each test begins in the language of the installation, whatever ran before it."""
    with override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def in_english() -> Iterator[None]:
    """The test speaks English: pytest.mark.usefixtures("in_english")."""
    with override("en"):
        yield
