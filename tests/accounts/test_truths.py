"""What the database refuses to the app role with raw SQL about amendments and incidents."""

import uuid
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from accounts import amendments, consent
from accounts.models import (
    Acceptance,
    AgreementText,
    Membership,
    Objection,
    Permit,
    VersionInForce,
)
from common import clock
from tests.accounts.making import make_account, make_clause, make_person, make_service


def refused(sql, params=(), match=None):
    with (
        pytest.raises(DatabaseError, match=match),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, params)


def accepted(sql, params=()):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)


def make_version(number):
    version = make_clause("14.3", version=number).version
    AgreementText.record(version=version, language="en", source="…", sha256=f"{number:064}")
    return version


@pytest.fixture
def account(ungated, db):
    return make_account()


@pytest.fixture
def permit(account):
    permit = Permit.record(change=uuid.uuid4(), account=account, not_before=clock.now())
    permit.refresh_from_db()
    return permit


@pytest.fixture
def version(permit):
    version = make_version(2)
    amendments.offer(change=permit.change, version_id=version.pk)
    return version


def in_force(permit, account, version, since):
    return (
        "INSERT INTO accounts_versioninforce (permit_id, account_id, version_id, since)"
        " VALUES (%s, %s, %s, %s)",
        [permit.pk, account.pk, version.pk, since],
    )


def test_a_version_binds_on_the_permit_of_that_account_and_in_its_time(account, permit, version):
    refused(
        *in_force(permit, account, version, permit.recorded_at - timedelta(seconds=1)),
        match="before its permit allows",
    )
    refused(*in_force(permit, make_account(), version, clock.now()), match="foreign key")
    accepted(*in_force(permit, account, version, clock.now()))


def test_a_version_that_was_not_offered_by_that_change_binds_nobody(account, permit, version):
    other = make_version(3)
    amendments.offer(change=uuid.uuid4(), version_id=other.pk)
    refused(*in_force(permit, account, other, clock.now()), match="never offered")


def test_a_version_that_was_called_off_binds_nobody(account, permit, version):
    amendments.call_off(change=permit.change)
    refused(*in_force(permit, account, version, clock.now()), match="never offered")


def objection(account, version, user):
    return (
        "INSERT INTO accounts_objection (account_id, version_id, user_id, reason)"
        " VALUES (%s, %s, %s, '')",
        [account.pk, version.pk, user.pk],
    )


def test_who_objects_is_not_bound(account, permit, version):
    accepted(*objection(account, version, account.holder))
    refused(*in_force(permit, account, version, clock.now()), match="objects to it")


def test_only_an_owner_objects_and_only_to_what_was_offered(account, version):
    stranger, admin = make_person(), make_person()
    Membership.objects.create(user=admin, account=account, role="admin")
    for person in (stranger, admin):
        refused(*objection(account, version, person), match="an owner objects")
    refused(*objection(account, make_version(3), account.holder), match="an owner objects")


def accept(account, version):
    return consent.record(
        user=account.holder,
        account=account,
        text=version.texts.get(),
        method=Acceptance.Method.PAGE,
        ip_address=None,
        user_agent="",
        at=clock.now(),
    )


def test_an_objection_ends_by_its_own_accounts_acceptance_of_no_older_version(account, version):
    accepted(*objection(account, version, account.holder))
    standing = Objection.objects.get()
    taken_back = (
        "INSERT INTO accounts_objectionwithdrawal (objection_id, acceptance_id) VALUES (%s, %s)"
    )
    older = accept(account, make_version(1))
    somebody_elses = accept(make_account(), version)
    for acceptance in (older, somebody_elses):
        refused(taken_back, [standing.pk, acceptance.pk], match="an objection ends when")
    accepted(taken_back, [standing.pk, accept(account, version).pk])


def test_continued_use_is_under_a_version_in_force_and_not_in_the_future(account, permit, version):
    service = make_service()
    VersionInForce.record(permit=permit, account=account, version=version, since=clock.now())
    since = VersionInForce.objects.get().since

    def use(account, at):
        return (
            "INSERT INTO accounts_continueduse (account_id, version_id, service_id, used_at)"
            " VALUES (%s, %s, %s, %s)",
            [account.pk, version.pk, service.pk, at],
        )

    refused(*use(account, since - timedelta(seconds=1)), match="while the version was in force")
    refused(*use(account, clock.now() + timedelta(days=1)), match="while the version")
    refused(*use(make_account(), since), match="while the version was in force")
    accepted(*use(account, since))


def test_nobody_withholds_from_everybody_by_hand(db):
    refused(
        "INSERT INTO accounts_platformrestriction (id, change, measure, limits, clause_id,"
        " reason_zh_hans, reason_en, starts_at)"
        " VALUES (gen_random_uuid(), gen_random_uuid(), 'suspend', '{}', %s, '', '', now())",
        [make_clause().pk],
        match="approved (change|incident)",
    )


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE OR REPLACE FUNCTION accounts_check_platform_restriction() RETURNS trigger"
        " LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE OR REPLACE FUNCTION accounts_check_versions_in_force() RETURNS trigger"
        " LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "DROP TRIGGER accounts_objection_is_an_owners ON accounts_objection",
        "ALTER TABLE accounts_restriction DROP CONSTRAINT accounts_restriction_limits_are_numbers",
    ],
)
def test_the_guards_are_not_the_app_roles_to_take_away(app_connection, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute(statement)
