"""What the database itself keeps of recoveries: two people, a waiting period, a stop that holds.

All steps of one recovery wait for each other, by a lock on its number: so a stop that came
first holds, and one that came second is told that it is too late.
"""

from django.db import migrations

from common.sql import append_only

TABLES = [
    "accounts_passwordreset",
    "accounts_phonerecovery",
    "accounts_recoverycheck",
    "accounts_recoveryproposal",
    "accounts_recoverydecision",
    "accounts_recoverystop",
    "accounts_phonechange",
]

SHARED = """
CREATE FUNCTION accounts_recovery_lock(recovery bigint) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp
AS $$ SELECT pg_advisory_xact_lock(hashtextextended('accounts_phonerecovery', recovery)) $$;

CREATE FUNCTION accounts_recovery_digest(recovery bigint, drops_factor boolean) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT encode(sha256(convert_to(concat_ws(E'\\n', asked.public_id, asked.user_id,
        asked.old_phone, asked.new_phone, $2,
        (SELECT string_agg(checked.id::text, ',' ORDER BY checked.id)
         FROM accounts_recoverycheck checked WHERE checked.recovery_id = asked.id)),
        'UTF8')), 'hex')
    FROM accounts_phonerecovery asked WHERE asked.id = $1
$$;

CREATE FUNCTION accounts_recovery_refuse(why text) RETURNS void
LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION '%', why USING ERRCODE = 'check_violation'; END $$;

CREATE FUNCTION accounts_recovery_staff(person bigint, permission_name text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM accounts_user one
        WHERE one.id = $1 AND one.is_active AND one.is_staff
          AND (one.is_superuser
               OR EXISTS (
                   SELECT FROM accounts_user_groups membership
                   JOIN auth_group_permissions granted USING (group_id)
                   JOIN auth_permission permission ON permission.id = granted.permission_id
                   WHERE membership.user_id = one.id AND permission.codename = $2)
               OR EXISTS (
                   SELECT FROM accounts_user_user_permissions granted
                   JOIN auth_permission permission ON permission.id = granted.permission_id
                   WHERE granted.user_id = one.id AND permission.codename = $2)))
$$;
"""

UNSHARED = """
DROP FUNCTION accounts_recovery_staff(bigint, text);
DROP FUNCTION accounts_recovery_refuse(text);
DROP FUNCTION accounts_recovery_digest(bigint, boolean);
DROP FUNCTION accounts_recovery_lock(bigint);
"""


def guard(table: str, body: str, declare: str = "") -> migrations.RunSQL:
    """A trigger before each row that is written, which may refuse it."""
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {table}_guard() RETURNS trigger
        LANGUAGE plpgsql SET search_path = public, pg_temp
        AS $$
        DECLARE
            {declare}
        BEGIN
            {body}
            RETURN NEW;
        END
        $$;
        CREATE TRIGGER {table}_is_allowed BEFORE INSERT ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_guard();
        """,
        f"DROP TRIGGER {table}_is_allowed ON {table}; DROP FUNCTION {table}_guard();",
    )


CHECK = """
            PERFORM accounts_recovery_lock(NEW.recovery_id);
            IF EXISTS (SELECT FROM accounts_recoveryproposal
                       WHERE recovery_id = NEW.recovery_id)
               OR EXISTS (SELECT FROM accounts_recoverystop
                          WHERE recovery_id = NEW.recovery_id) THEN
                PERFORM accounts_recovery_refuse('checks come before the proposal');
            END IF;
            IF NOT accounts_recovery_staff(NEW.checked_by_id, 'work_on_recovery') THEN
                PERFORM accounts_recovery_refuse('this person may not check who it is');
            END IF;
"""

PROPOSAL = """
            PERFORM accounts_recovery_lock(NEW.recovery_id);
            SELECT * INTO asked FROM accounts_phonerecovery WHERE id = NEW.recovery_id;
            IF EXISTS (SELECT FROM accounts_recoverystop WHERE recovery_id = asked.id) THEN
                PERFORM accounts_recovery_refuse('this recovery was stopped');
            END IF;
            IF EXISTS (SELECT FROM accounts_user WHERE id = asked.user_id AND is_staff) THEN
                PERFORM accounts_recovery_refuse('numbers of staff are not changed like this');
            END IF;
            IF NOT EXISTS (SELECT FROM accounts_recoverycheck
                           WHERE recovery_id = asked.id AND passed) THEN
                PERFORM accounts_recovery_refuse('nobody has checked who it is');
            END IF;
            IF NEW.digest IS DISTINCT FROM accounts_recovery_digest(asked.id, NEW.drops_factor)
            THEN
                PERFORM accounts_recovery_refuse('the digest is not that of the proposal');
            END IF;
            IF NOT accounts_recovery_staff(NEW.proposed_by_id, 'work_on_recovery') THEN
                PERFORM accounts_recovery_refuse('this person may not propose it');
            END IF;
"""

DECISION = """
            SELECT * INTO proposal FROM accounts_recoveryproposal WHERE id = NEW.proposal_id;
            PERFORM accounts_recovery_lock(proposal.recovery_id);
            IF EXISTS (SELECT FROM accounts_recoverystop
                       WHERE recovery_id = proposal.recovery_id) THEN
                PERFORM accounts_recovery_refuse('this recovery was stopped');
            END IF;
            IF NEW.decided_by_id = proposal.proposed_by_id THEN
                PERFORM accounts_recovery_refuse('nobody decides about their own proposal');
            END IF;
            IF NOT accounts_recovery_staff(NEW.decided_by_id, 'approve_recovery') THEN
                PERFORM accounts_recovery_refuse('this person may not decide about it');
            END IF;
            IF NEW.digest IS DISTINCT FROM proposal.digest
               OR proposal.digest IS DISTINCT FROM
                  accounts_recovery_digest(proposal.recovery_id, proposal.drops_factor) THEN
                PERFORM accounts_recovery_refuse('this is not what was proposed');
            END IF;
            -- Whatever the settings say, nobody is given less than a day to object; an hour of it
            -- is for whoever took long to answer the page.
            IF NEW.approved AND NEW.not_before < common_now() + interval '23 hours' THEN
                PERFORM accounts_recovery_refuse('the waiting period is at least a day');
            END IF;
"""

STOP = """
            PERFORM accounts_recovery_lock(NEW.recovery_id);
            IF EXISTS (SELECT FROM accounts_phonechange WHERE recovery_id = NEW.recovery_id) THEN
                PERFORM accounts_recovery_refuse('this recovery was carried out already');
            END IF;
"""

CHANGE = """
            PERFORM accounts_recovery_lock(NEW.recovery_id);
            IF EXISTS (SELECT FROM accounts_recoverystop WHERE recovery_id = NEW.recovery_id) THEN
                PERFORM accounts_recovery_refuse('this recovery was stopped');
            END IF;
            IF NOT EXISTS (
                SELECT FROM accounts_recoverydecision decision
                JOIN accounts_recoveryproposal proposal ON proposal.id = decision.proposal_id
                WHERE proposal.recovery_id = NEW.recovery_id AND decision.approved
                  AND decision.not_before <= common_now()) THEN
                PERFORM accounts_recovery_refuse('not approved, or the waiting period runs');
            END IF;
            IF NOT EXISTS (
                SELECT FROM accounts_phonerecovery asked
                JOIN accounts_user person ON person.id = asked.user_id
                WHERE asked.id = NEW.recovery_id AND person.phone = asked.old_phone) THEN
                PERFORM accounts_recovery_refuse('the phone is not what it was');
            END IF;
"""

# Clause 1.2.6. A number that was never verified may have been mistyped; an account that nobody
# can sign in to may lose its number, which erasure does.
NUMBERS_STAY = """
CREATE FUNCTION accounts_user_phone_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.is_active AND NOT EXISTS (
        SELECT FROM accounts_phonechange change
        JOIN accounts_phonerecovery asked ON asked.id = change.recovery_id
        WHERE asked.user_id = NEW.id AND asked.new_phone = NEW.phone
          AND change.transaction = pg_current_xact_id()) THEN
        RAISE EXCEPTION 'a phone is changed by a recovery only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_user_phone_stays BEFORE UPDATE OF phone ON accounts_user
    FOR EACH ROW WHEN (OLD.phone IS DISTINCT FROM NEW.phone AND OLD.phone_verified_at IS NOT NULL)
    EXECUTE FUNCTION accounts_user_phone_guard();
"""
NUMBERS_GO = """
DROP TRIGGER accounts_user_phone_stays ON accounts_user;
DROP FUNCTION accounts_user_phone_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0040_getting_back_in")]

    operations = [
        *(append_only(table) for table in TABLES),
        migrations.RunSQL(SHARED, UNSHARED),
        guard("accounts_recoverycheck", CHECK),
        guard("accounts_recoveryproposal", PROPOSAL, "asked accounts_phonerecovery;"),
        guard("accounts_recoverydecision", DECISION, "proposal accounts_recoveryproposal;"),
        guard("accounts_recoverystop", STOP),
        guard("accounts_phonechange", CHANGE),
        migrations.RunSQL(NUMBERS_STAY, NUMBERS_GO),
    ]
