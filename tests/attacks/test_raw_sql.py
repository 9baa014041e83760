"""What somebody who has taken over the web server may try with raw SQL as the app role."""

from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import Permit
from common.clock import now
from notices import announced, changes, gate
from notices.models import ServiceChange
from tests.accounts.making import make_key, make_service
from tests.notices.making import (
    approve,
    make_announced,
    make_customer,
    make_organization,
    make_supervisor,
    plan,
    propose,
    run_jobs,
)


def run(sql, params=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else None


def refused(sql, params=(), match=None):
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        run(sql, params)


@pytest.fixture
def account(db):
    return make_customer()[1]


def test_an_old_approval_does_not_cover_new_contents(account):
    change = plan(account)
    propose(change)
    approve(change)
    changes.revise(change=change)
    run("UPDATE notices_servicechange SET reason_en = 'x' WHERE id = %s", [change.pk])
    refused(
        "UPDATE notices_servicechange SET state = 'proposed' WHERE id = %s",
        [change.pk],
        match="waits with a proposal",
    )


def test_contents_are_not_slipped_in_while_the_state_moves(account):
    change = plan(account)
    proposal = propose(change)
    changes.reject(proposal=proposal, rejected_by=make_supervisor(), reason="no")
    run(
        "INSERT INTO notices_proposal (change_id, proposed_by_id, digest) VALUES (%s, %s, %s)",
        [change.pk, change.planned_by_id, changes.digest(change)],
    )
    refused(
        "UPDATE notices_servicechange SET state = 'proposed', reason_en = 'x' WHERE id = %s",
        [change.pk],
        match="edited as a draft only",
    )


def test_a_proposal_does_not_choose_its_number(account):
    """Otherwise a later proposal hides behind an earlier, approved one."""
    change = plan(account)
    first = propose(change)
    approve(change)
    changes.revise(change=change)
    run("UPDATE notices_servicechange SET reason_en = 'x' WHERE id = %s", [change.pk])
    digest = changes.digest(change)
    [(number,)] = run(
        "INSERT INTO notices_proposal (id, change_id, proposed_by_id, digest)"
        " VALUES (-1, %s, %s, %s) RETURNING id",
        [change.pk, change.planned_by_id, digest],
    )
    assert number > first.pk


def test_proof_from_before_the_approval_is_none(account, clock):
    """Told of a draft on the quiet, people must not be under it the moment it is approved."""
    change = plan(account)
    refused(
        "INSERT INTO notices_expansion (change_id, phase, round, whom, after_id, upto_id)"
        " VALUES (%s, 'announced', 1, 'joined', 1, 0)",
        [change.pk],
        match="is not in a state to be told of",
    )


def test_a_delivery_stays_what_it_was_sent_as(account):
    make_announced(account)
    other = make_announced(
        make_customer(contact_email="b@example.com")[1], service=make_service("b")
    )
    for assignment in ("channel = 'sms'", "address = 'x'", "id = id + 1000"):
        refused(f"UPDATE notices_delivery SET {assignment}", match="permission denied")
    refused(
        "UPDATE notices_delivery SET notice_id ="
        " (SELECT id FROM notices_notice ORDER BY id LIMIT 1)"
        " WHERE notice_id IN (SELECT notice.id FROM notices_notice notice"
        " JOIN notices_expansion expansion ON expansion.id = notice.expansion_id"
        " WHERE change_id = %s)",
        [other.pk],
        match="permission denied",
    )


@pytest.mark.parametrize("table", ["accounts_account", "accounts_user", "accounts_service"])
def test_records_that_evidence_names_keep_their_number(app_connection, table):
    """Their foreign keys are checked at commit: numbers could be swapped, and with them
    who is under a restriction."""
    with pytest.raises(psycopg.errors.CheckViolation, match="keeps"):
        _renumber(app_connection, table)


def _renumber(connection, table):
    rows = {
        "accounts_user": "INSERT INTO accounts_user (public_id, phone, password, name,"
        " contact_email, language, time_zone, is_staff, is_active, is_superuser, edition)"
        " VALUES ('usr_x', '+8613800000000', '', '', '', 'en', 'UTC', false, true, false, 1)",
        "accounts_account": "INSERT INTO accounts_account"
        " (public_id, kind, name, time_zone, edition)"
        " VALUES ('acc_x', 'organization', 'x', 'UTC', 1)",
        "accounts_service": "INSERT INTO accounts_service"
        " (slug, name_zh_hans, name_en, position, edition) VALUES ('x', 'x', 'x', 0, 1)",
    }
    with connection.transaction(force_rollback=True):
        connection.execute(rows[table])
        connection.execute(f"UPDATE {table} SET id = -1")


def test_a_key_stays_with_its_account(account):
    """Moved to another account, the key of a suspended one would work again."""
    key = make_key(account)
    other = make_organization()
    refused("UPDATE accounts_apikey SET account_id = %s WHERE id = %s", [other.pk, key.pk])


def _restrict(change, permit, account, **columns):
    values = {
        "permit_id": permit.pk,
        "account_id": account.pk,
        "clause_id": change.clause_id,
        "service_id": change.service_id,
        "ends_at": change.ends_at,
        **columns,
    }
    return (
        "INSERT INTO accounts_restriction (id, permit_id, account_id, clause_id, service_id,"
        " ends_at, reason_zh_hans, reason_en, starts_at)"
        " VALUES (gen_random_uuid(), %(permit_id)s, %(account_id)s, %(clause_id)s,"
        " %(service_id)s, %(ends_at)s, '', '', common_now())",
        values,
    )


def test_a_restriction_reaches_no_further_than_its_change(account, clock):
    change = make_announced(account)
    clock.set(gate.earliest_effect(change, account))
    permit = Permit.record(change=change.uuid, account=account, not_before=now())
    refused(*_restrict(change, permit, account, service_id=None), match="than its change")
    refused(
        *_restrict(change, permit, account, service_id=make_service("other").pk),
        match="than its change",
    )
    with transaction.atomic():
        run(*_restrict(change, permit, account))


def test_a_permit_is_used_up_by_one_restriction(account, clock):
    """Lifted, the account cannot be restricted again without new notice."""
    change = make_announced(account)
    clock.set(gate.earliest_effect(change, account))
    run_jobs()
    permit = Permit.objects.get()
    change = ServiceChange.objects.get(pk=change.pk)
    announced.lift(change=change, lifted_by=make_supervisor(), reason="done", at=now())
    refused(*_restrict(change, permit, account), match="than its change|duplicate key")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_no_time_zone_moves_a_gate_forward(account, clock, zone):
    change = plan(account)
    opens_at = gate.opens_if_told(told_at=now(), lead_days=3, zone="Asia/Shanghai")
    ServiceChange.objects.filter(pk=change.pk).update(effective_at=opens_at)
    propose(change)
    approve(change)
    run_jobs()
    assert gate.earliest_effect(change, account) == opens_at
    run("UPDATE accounts_account SET time_zone = %s", [zone])
    assert gate.earliest_effect(change, account) >= opens_at


@pytest.mark.parametrize("zone", ["AAA-167", "<x>-167:59", "A/B-100"])
def test_a_time_zone_is_a_place(account, zone):
    """PostgreSQL understands inventions too, a week off any clock."""
    refused("UPDATE accounts_account SET time_zone = %s", [zone], match="time_zone")


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE apiqik_owner",
        "SET SESSION AUTHORIZATION apiqik_owner",
        "CREATE TEMP TABLE notices_gate (change uuid, account_id bigint, moment timestamptz)",
        "ALTER FUNCTION common_now() SECURITY DEFINER",
        "COPY notices_outcome TO PROGRAM 'true'",
        "SELECT setval('notices_proposal_id_seq', 1)",
        "DO 'BEGIN LOCK TABLE notices_outcome IN ACCESS EXCLUSIVE MODE; END'",
        "TRUNCATE accounts_account CASCADE",
        "TRUNCATE accounts_membership CASCADE",
        "INSERT INTO notices_leadpolicy (id, kind, version, lead_days, counted_channels)"
        " SELECT id, kind, version, 0, counted_channels FROM notices_leadpolicy"
        " ON CONFLICT (id) DO UPDATE SET lead_days = 0",
        "MERGE INTO notices_leadpolicy USING (SELECT 1) one ON true"
        " WHEN MATCHED THEN UPDATE SET lead_days = 0",
        "ALTER ROLE apiqik_app SUPERUSER",
        "ALTER DATABASE postgres SET timezone = 'UTC'",
        "CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION common_refuse_change()",
    ],
)
def test_side_doors_are_shut(app_connection, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute(statement)


def test_a_search_path_of_ones_own_changes_nothing(account):
    change = plan(account)
    propose(change)
    for setting in ("search_path = pg_temp, public, pg_catalog", "timezone = 'Etc/GMT-14'"):
        run(f"SET LOCAL {setting}")
    run("SET CONSTRAINTS ALL DEFERRED")
    refused(
        "INSERT INTO public.accounts_permit (change, account_id, not_before) VALUES (%s, %s, %s)",
        [change.uuid, account.pk, now() + timedelta(days=900)],
        match="no proof",
    )
