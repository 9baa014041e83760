"""What the database refuses to the app role with raw SQL, whatever Python says."""

import re
import uuid
from datetime import timedelta

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from accounts.models import Permit
from common import clock
from common.models import AppendOnly
from notices import announced, gate
from notices.models import Approval, Proposal, ServiceChange
from tests.notices.making import (
    approve,
    make_announced,
    make_customer,
    make_officer,
    make_organization,
    make_supervisor,
    plan,
    propose,
    run_jobs,
)

EVIDENCE = sorted(
    model._meta.db_table for model in apps.get_models() if issubclass(model, AppendOnly)
)


def refused(sql, params=(), match=None):
    with (
        pytest.raises(DatabaseError, match=match),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, params)


def insert_permit(change, account, not_before):
    return (
        "INSERT INTO accounts_permit (change, account_id, not_before) VALUES (%s, %s, %s)",
        [change.uuid, account.pk, not_before],
    )


def test_there_is_evidence_to_guard():
    assert len(EVIDENCE) >= 25


@pytest.mark.parametrize("table", EVIDENCE)
@pytest.mark.parametrize(
    "act", ["UPDATE {} SET recorded_at = now()", "DELETE FROM {}", "TRUNCATE {}"]
)
def test_evidence_is_final_for_the_app_role(app_connection, table, act):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute(act.format(table))


@pytest.mark.parametrize("table", EVIDENCE)
def test_triggers_cannot_be_switched_off_by_the_app_role(app_connection, table):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")


@pytest.mark.parametrize("table", EVIDENCE)
def test_the_owner_is_refused_as_well(as_owner, table):
    with as_owner() as owner:
        guards = owner.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled = 'O'"
            " AND tgfoid IN ('common_refuse_change'::regproc, 'common_stamp'::regproc,"
            " 'common_stamp_transaction'::regproc, 'billing_stamp'::regproc)",
            [table],
        ).fetchone()[0]
        assert guards == 3
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(f"TRUNCATE {table} CASCADE")


def test_replication_mode_is_out_of_reach(app_connection):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute("SET session_replication_role = replica")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO common_clockoffset VALUES (1, interval '1 year')",
        "UPDATE common_clockoffset SET shift = interval '1 year'",
        "CREATE OR REPLACE FUNCTION common_now() RETURNS timestamptz"
        " LANGUAGE sql AS 'SELECT now()'",
        "CREATE OR REPLACE FUNCTION accounts_check_permits() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NULL; END'",
        "CREATE OR REPLACE VIEW notices_gate AS SELECT 1",
        "DROP TABLE accounts_permit",
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DELETE FROM accounts_account",
        "DELETE FROM notices_servicechange",
        "DELETE FROM notices_delivery",
        "UPDATE notices_concernedaccount SET account_id = 1",
        "UPDATE django_migrations SET name = ''",
    ],
)
def test_the_app_role_cannot_rebuild_the_house(app_connection, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute(statement)


def test_a_stamp_cannot_be_forged(db):
    person, account = make_customer()
    change = plan(account)
    propose(change)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notices_rejection (proposal_id, rejected_by_id, reason, recorded_at)"
            " VALUES (%s, %s, 'x', '2020-01-01') RETURNING recorded_at",
            [change.proposal.pk, person.pk],
        )
        assert clock.now() - cursor.fetchone()[0] < timedelta(minutes=1)


def test_no_permit_for_a_change_that_does_not_exist(db):
    _person, account = make_customer()
    ghost = ServiceChange(uuid=uuid.uuid4())
    refused(*insert_permit(ghost, account, clock.now()), match="no proof")


def test_no_permit_without_approval_at_any_moment(db, clock):
    from common.clock import now

    _person, account = make_customer()
    change = plan(account)
    refused(*insert_permit(change, account, now()), match="no proof")
    propose(change)
    refused(*insert_permit(change, account, now()), match="no proof")
    clock.advance(days=400)
    refused(*insert_permit(change, account, now()), match="no proof")


def test_no_permit_before_people_are_told(db, clock):
    from common.clock import now

    _person, account = make_customer()
    change = plan(account)
    propose(change)
    approve(change)
    clock.advance(days=30)
    refused(*insert_permit(change, account, now()), match="no proof")


def test_no_permit_one_second_early_and_one_right_on_time(db, clock):
    from common.clock import now

    _person, account = make_customer()
    change = make_announced(account)
    opens_at = gate.earliest_effect(change, account)
    clock.set(opens_at - timedelta(seconds=1))
    refused(*insert_permit(change, account, now()), match="it opens at")
    refused(*insert_permit(change, account, opens_at), match="it opens at")
    clock.set(opens_at)
    refused(*insert_permit(change, account, opens_at - timedelta(seconds=1)), match="it opens at")
    Permit.record(change=change.uuid, account=account, not_before=opens_at)


def test_no_permit_for_an_account_the_change_is_not_for(db, clock):
    from common.clock import now

    person, account = make_customer()
    other = make_organization(person)
    change = make_announced(account)
    clock.advance(days=60)
    refused(*insert_permit(change, other, now()), match="no proof")


def test_a_batch_with_one_account_too_many_is_refused_whole(db, clock):
    person, account = make_customer()
    other = make_organization(person)
    change = make_announced(account)
    opens_at = gate.earliest_effect(change, account)
    clock.set(opens_at)
    refused(
        "INSERT INTO accounts_permit (change, account_id, not_before)"
        " SELECT %s, id, %s FROM accounts_account",
        [change.uuid, opens_at],
    )
    assert not Permit.objects.exists()
    assert other.permits.count() == 0


def test_a_withdrawn_change_gives_no_permit(db, clock):
    from common.clock import now

    _person, account = make_customer()
    change = make_announced(account)
    announced.withdraw(change=change, withdrawn_by=make_supervisor(), reason="mistake", at=now())
    clock.advance(days=60)
    refused(*insert_permit(change, account, now()), match="no proof")


def restriction(change, account, starts_at, permit):
    return (
        "INSERT INTO accounts_restriction (id, permit_id, account_id, clause_id, service_id,"
        " reason_zh_hans, reason_en, starts_at)"
        " VALUES (gen_random_uuid(), %s, %s, %s, %s, '', '', %s)",
        [permit.pk, account.pk, change.clause_id, change.service_id, starts_at],
    )


def test_a_restriction_needs_a_permit_of_that_account_and_its_time(db, clock):
    from common.clock import now

    person, account = make_customer()
    other = make_organization(person)
    change = make_announced(account)
    clock.set(gate.earliest_effect(change, account))
    permit = Permit.record(change=change.uuid, account=account, not_before=now())
    permit.refresh_from_db()
    refused(*restriction(change, account, permit.recorded_at - timedelta(days=1), permit))
    refused(*restriction(change, other, now(), permit), match="foreign key|begin before")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(*restriction(change, account, now(), permit))


def test_the_proposer_cannot_approve_with_raw_sql(db):
    officer = make_officer()
    officer.is_superuser = True
    officer.save()
    _person, account = make_customer()
    change = plan(account, planned_by=officer)
    proposal = propose(change, by=officer)
    refused(
        "INSERT INTO notices_approval (proposal_id, approved_by_id, digest) VALUES (%s, %s, %s)",
        [proposal.pk, officer.pk, proposal.digest],
        match="nobody approves their own",
    )


def test_an_approver_needs_the_permission_in_the_database_too(db):
    _person, account = make_customer()
    change = plan(account)
    proposal = propose(change)
    outsider = make_officer()
    refused(
        "INSERT INTO notices_approval (proposal_id, approved_by_id, digest) VALUES (%s, %s, %s)",
        [proposal.pk, outsider.pk, proposal.digest],
        match="may not approve",
    )


def test_an_approval_of_other_contents_is_refused(db):
    _person, account = make_customer()
    change = plan(account)
    proposal = propose(change)
    refused(
        "INSERT INTO notices_approval (proposal_id, approved_by_id, digest) VALUES (%s, %s, %s)",
        [proposal.pk, make_supervisor().pk, "0" * 64],
        match="not what was proposed",
    )


def test_a_proposal_pins_the_change_as_it_stands(db):
    _person, account = make_customer()
    change = plan(account)
    refused(
        "INSERT INTO notices_proposal (change_id, proposed_by_id, digest) VALUES (%s, %s, %s)",
        [change.pk, change.planned_by_id, "0" * 64],
        match="as it stands",
    )


@pytest.mark.parametrize(
    "assignment",
    [
        "reason_en = 'something else'",
        "effective_at = effective_at - interval '10 days'",
        "service_id = NULL",
        "at_once = true, grounds = 'x'",
        "ends_at = NULL, kind = 'other'",
        "lead_policy_id = NULL",
    ],
)
@pytest.mark.parametrize("approved", [False, True])
def test_contents_stay_fixed_once_proposed(db, assignment, approved):
    _person, account = make_customer()
    change = plan(account)
    propose(change)
    if approved:
        approve(change)
    refused(
        f"UPDATE notices_servicechange SET {assignment} WHERE id = %s",
        [change.pk],
        match="edited as a draft only",
    )


def test_the_accounts_of_a_proposed_change_stay_fixed(db):
    person, account = make_customer()
    other = make_organization(person)
    change = plan(account)
    propose(change)
    refused(
        "INSERT INTO notices_concernedaccount (change_id, account_id) VALUES (%s, %s)",
        [change.pk, other.pk],
        match="while it is a draft",
    )
    refused("DELETE FROM notices_concernedaccount", match="while it is a draft")
    refused("DELETE FROM notices_servicechange_templates", match="while it is a draft")


def test_python_and_the_database_know_the_same_path(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('notices_guard_change'::regproc)")
        guarded = set(re.findall(r"'([a-z_]+>[a-z_]+)'", cursor.fetchone()[0]))
    assert guarded == {
        f"{origin.value}>{goal.value}"
        for origin, goals in ServiceChange.TRANSITIONS.items()
        for goal in goals
    }


@pytest.mark.parametrize("goal", ["approved", "announcing", "complete", "lifted"])
def test_a_draft_cannot_jump(db, goal):
    _person, account = make_customer()
    refused(
        "UPDATE notices_servicechange SET state = %s WHERE id = %s",
        [goal, plan(account).pk],
        match="does not go from|approved by an approval",
    )


def test_a_change_becomes_approved_by_an_approval_only(db):
    _person, account = make_customer()
    change = plan(account)
    propose(change)
    refused(
        "UPDATE notices_servicechange SET state = 'approved' WHERE id = %s",
        [change.pk],
        match="approved by an approval",
    )


def test_editing_an_approved_change_voids_its_approval(db, clock):
    from common.clock import now
    from notices import changes

    _person, account = make_customer()
    change = plan(account)
    propose(change)
    approve(change)
    change = changes.revise(change=change)
    assert change.state == "draft"
    change.reason_en = "Something else"
    change.save()
    propose(change)
    assert Approval.objects.count() == 1
    assert Proposal.objects.count() == 2
    run_jobs()
    clock.advance(days=60)
    refused(*insert_permit(change, account, now()), match="no proof")
