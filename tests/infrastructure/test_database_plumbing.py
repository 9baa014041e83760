"""The tests' own ground: roles, commits and the clock."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection, transaction

from apiqik_backoffice import database_roles
from common import sql
from common.clock import now
from common.models import Heartbeat


def test_role_names_are_the_same_everywhere():
    assert (sql.APP_ROLE, sql.OWNER_ROLE) == (database_roles.APP, database_roles.OWNER)


@pytest.mark.django_db
def test_tests_run_as_the_app_role_on_tables_of_the_owner():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, tableowner FROM pg_tables WHERE tablename = 'common_heartbeat'"
        )
        assert cursor.fetchone() == (database_roles.APP, database_roles.OWNER)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE intruder (id int)",
        "CREATE TEMPORARY TABLE intruder (id int)",
        "DROP TABLE common_heartbeat",
        "ALTER TABLE common_heartbeat DISABLE TRIGGER ALL",
        "TRUNCATE common_heartbeat",
        "SET ROLE apiqik_owner",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())",
        "UPDATE django_migrations SET name = 'b'",
        "DELETE FROM django_migrations",
        "INSERT INTO common_clockoffset (id, shift) VALUES (1, interval '1 day')",
        "CREATE SCHEMA intruder",
        "CREATE ROLE intruder",
    ],
)
def test_the_app_role_may_not(app_connection, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute(statement)


def test_the_reader_reads_and_does_no_more(django_db_setup, test_database):
    with test_database.connect(database_roles.READER) as reader:
        assert reader.execute("SELECT count(*) FROM common_heartbeat").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("INSERT INTO common_heartbeat (name, beat_at) VALUES ('x', now())")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_committing_test_wrote_is_gone_afterwards(turn, as_owner):
    assert not Heartbeat.objects.exists()
    with transaction.atomic():
        Heartbeat.stamp(f"turn {turn}")
    with as_owner() as owner:
        assert owner.execute("SELECT count(*) FROM common_heartbeat").fetchone() == (1,)


@pytest.mark.django_db
def test_the_clock_is_set_and_moves_within_a_transaction(clock):
    with transaction.atomic():
        clock.set(datetime(2030, 1, 1, tzinfo=UTC))
        assert now() - datetime(2030, 1, 1, tzinfo=UTC) < timedelta(seconds=5)
        clock.advance(days=2, hours=1)
        assert now() - datetime(2030, 1, 3, 1, tzinfo=UTC) < timedelta(seconds=5)
        assert abs(clock.now() - now()) < timedelta(seconds=5)


@pytest.mark.django_db
def test_the_clock_is_right_again_after_a_test_that_moved_it():
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.django_db
def test_a_moment_without_a_time_zone_is_refused(clock):
    with pytest.raises(ValueError, match="time zone"):
        clock.set(datetime(2030, 1, 1))
