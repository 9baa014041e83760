"""A closing is taken back or carried out, in its time and not while it is on hold; what is
closed stays closed, without members and without keys."""

from django.db import migrations

from common.sql import append_only

EVIDENCE = [
    "accounts_closing",
    "accounts_closingcancellation",
    "accounts_closinghold",
    "accounts_closingholdrelease",
    "accounts_closure",
]

# Two hours less: the days are those of a place, and its clocks are put forward once a year.
CLOSINGS = """
CREATE FUNCTION accounts_lock_closing(wanted bigint) RETURNS accounts_closing
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    found accounts_closing;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('accounts_closing:' || wanted, 0));
    SELECT * INTO found FROM accounts_closing WHERE id = wanted;
    RETURN found;
END
$$;

CREATE FUNCTION accounts_check_closing() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.person_id IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(
            hashtextextended('accounts_closing of person:' || NEW.person_id, 0));
    ELSE
        PERFORM pg_advisory_xact_lock(
            hashtextextended('accounts_closing of account:' || NEW.account_id, 0));
    END IF;
    IF NEW.ends_at < common_now() + make_interval(days => NEW.cooling_off_days) - interval '2h'
    THEN
        RAISE EXCEPTION 'a closing cools off for all of its days'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.person_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM accounts_user person
        LEFT JOIN accounts_account own ON own.holder_id = person.id
        WHERE person.id = NEW.person_id AND person.closed_at IS NULL AND NOT person.is_staff
          AND own.id IS NOT DISTINCT FROM NEW.account_id)
    THEN
        RAISE EXCEPTION 'a person who leaves is a customer still there, with their own account'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.person_id IS NULL AND NOT EXISTS (
        SELECT FROM accounts_account account
        JOIN accounts_membership membership ON membership.account_id = account.id
        WHERE account.id = NEW.account_id AND account.kind = 'organization'
          AND account.closed_at IS NULL AND membership.role = 'owner'
          AND membership.user_id = NEW.requested_by_id)
    THEN
        RAISE EXCEPTION 'an organization that is still there is closed by one of its owners'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT FROM accounts_closing closing
        WHERE (closing.person_id = NEW.person_id
               OR (NEW.person_id IS NULL AND closing.account_id = NEW.account_id))
          AND NOT EXISTS (SELECT FROM accounts_closure WHERE closing_id = closing.id)
          AND NOT EXISTS (
              SELECT FROM accounts_closingcancellation WHERE closing_id = closing.id))
    THEN
        RAISE EXCEPTION 'one closing at a time' USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_closing_is_in_order BEFORE INSERT ON accounts_closing
    FOR EACH ROW EXECUTE FUNCTION accounts_check_closing();

CREATE FUNCTION accounts_is_closing_held(wanted bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM accounts_closinghold hold
        WHERE hold.closing_id = wanted AND NOT EXISTS (
            SELECT FROM accounts_closingholdrelease WHERE hold_id = hold.id))
$$;

CREATE FUNCTION accounts_check_closing_cancellation() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM accounts_lock_closing(NEW.closing_id);
    IF EXISTS (SELECT FROM accounts_closure WHERE closing_id = NEW.closing_id) THEN
        RAISE EXCEPTION 'what is closed is not taken back' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_closingcancellation_is_in_order
    BEFORE INSERT ON accounts_closingcancellation
    FOR EACH ROW EXECUTE FUNCTION accounts_check_closing_cancellation();

CREATE FUNCTION accounts_check_closure() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    closing accounts_closing;
BEGIN
    closing := accounts_lock_closing(NEW.closing_id);
    IF common_now() < closing.ends_at THEN
        RAISE EXCEPTION 'nothing is closed before it has cooled off'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM accounts_closingcancellation WHERE closing_id = closing.id) THEN
        RAISE EXCEPTION 'what was taken back stays so' USING ERRCODE = 'check_violation';
    END IF;
    IF accounts_is_closing_held(closing.id) THEN
        RAISE EXCEPTION 'nothing is closed while it is on hold'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_closure_is_in_order BEFORE INSERT ON accounts_closure
    FOR EACH ROW EXECUTE FUNCTION accounts_check_closure();

CREATE FUNCTION accounts_check_closing_hold() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM accounts_lock_closing(NEW.closing_id);
    IF accounts_is_closing_held(NEW.closing_id) THEN
        RAISE EXCEPTION 'it is on hold already' USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_closinghold_is_in_order BEFORE INSERT ON accounts_closinghold
    FOR EACH ROW EXECUTE FUNCTION accounts_check_closing_hold();

CREATE FUNCTION accounts_check_closing_hold_release() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM accounts_closinghold
               WHERE id = NEW.hold_id AND placed_by_id = NEW.released_by_id) THEN
        RAISE EXCEPTION 'a hold is released by somebody else than who placed it'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_closingholdrelease_is_by_another
    BEFORE INSERT ON accounts_closingholdrelease
    FOR EACH ROW EXECUTE FUNCTION accounts_check_closing_hold_release();
"""
CLOSINGS_REVERSE = """
DROP TRIGGER accounts_closingholdrelease_is_by_another ON accounts_closingholdrelease;
DROP FUNCTION accounts_check_closing_hold_release();
DROP TRIGGER accounts_closinghold_is_in_order ON accounts_closinghold;
DROP FUNCTION accounts_check_closing_hold();
DROP TRIGGER accounts_closure_is_in_order ON accounts_closure;
DROP FUNCTION accounts_check_closure();
DROP TRIGGER accounts_closingcancellation_is_in_order ON accounts_closingcancellation;
DROP FUNCTION accounts_check_closing_cancellation();
DROP FUNCTION accounts_is_closing_held(bigint);
DROP TRIGGER accounts_closing_is_in_order ON accounts_closing;
DROP FUNCTION accounts_check_closing();
DROP FUNCTION accounts_lock_closing(bigint);
"""

# Rows of accounts and people that are there are not looked at: none is closed yet.
CLOSED = """
CREATE FUNCTION accounts_check_closed_person() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.closed_at IS NOT NULL OR NOT EXISTS (
        SELECT FROM accounts_closure closure
        JOIN accounts_closing closing ON closing.id = closure.closing_id
        WHERE closing.person_id = NEW.id)
    THEN
        RAISE EXCEPTION 'a person is closed by their closure, for good'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_user_is_closed BEFORE UPDATE OF closed_at ON accounts_user
    FOR EACH ROW WHEN (NEW.closed_at IS DISTINCT FROM OLD.closed_at)
    EXECUTE FUNCTION accounts_check_closed_person();
CREATE TRIGGER accounts_user_is_not_born_closed BEFORE INSERT ON accounts_user
    FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL)
    EXECUTE FUNCTION accounts_check_closed_person();

CREATE FUNCTION accounts_check_closed_account() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.closed_at IS NOT NULL OR NOT EXISTS (
        SELECT FROM accounts_closure closure
        JOIN accounts_closing closing ON closing.id = closure.closing_id
        WHERE closing.account_id = NEW.id)
    THEN
        RAISE EXCEPTION 'an account is closed by its closure, for good'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_account_is_closed BEFORE UPDATE OF closed_at ON accounts_account
    FOR EACH ROW WHEN (NEW.closed_at IS DISTINCT FROM OLD.closed_at)
    EXECUTE FUNCTION accounts_check_closed_account();
CREATE TRIGGER accounts_account_is_not_born_closed BEFORE INSERT ON accounts_account
    FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL)
    EXECUTE FUNCTION accounts_check_closed_account();

-- Locked, so that of a closure and somebody who joins one waits for the other.
CREATE FUNCTION accounts_check_members() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_mergejoin = off SET enable_hashjoin = off
AS $$
DECLARE
    closed bigint;
BEGIN
    -- Counted, not filtered: a filter would be applied first, and the rest not be locked.
    SELECT count(*) FILTER (WHERE of_account IS NOT NULL OR of_person IS NOT NULL)
    INTO closed FROM (
        SELECT account.closed_at AS of_account, person.closed_at AS of_person
        FROM written
        JOIN accounts_account account ON account.id = written.account_id
        JOIN accounts_user person ON person.id = written.user_id
        FOR KEY SHARE OF account, person) joined;
    IF closed > 0 THEN
        RAISE EXCEPTION 'a closed account has no members, and a closed person joins none'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER accounts_membership_of_the_open AFTER INSERT ON accounts_membership
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_check_members();
CREATE TRIGGER accounts_membership_stays_of_the_open AFTER UPDATE ON accounts_membership
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_check_members();

CREATE FUNCTION accounts_check_key_of_the_open() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    closed timestamptz;
BEGIN
    SELECT closed_at INTO closed FROM accounts_account WHERE id = NEW.account_id FOR KEY SHARE;
    IF closed IS NOT NULL THEN
        RAISE EXCEPTION 'a closed account has no keys that work'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_apikey_of_the_open BEFORE INSERT OR UPDATE OF revoked_at
    ON accounts_apikey FOR EACH ROW WHEN (NEW.revoked_at IS NULL)
    EXECUTE FUNCTION accounts_check_key_of_the_open();

CREATE FUNCTION accounts_keep_condition_of_the_closed() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'a closed account stays closed' USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER accounts_condition_of_the_closed_stays BEFORE UPDATE OR DELETE
    ON accounts_condition FOR EACH ROW WHEN (OLD.source = 'closed')
    EXECUTE FUNCTION accounts_keep_condition_of_the_closed();
"""
CLOSED_REVERSE = """
DROP TRIGGER accounts_condition_of_the_closed_stays ON accounts_condition;
DROP FUNCTION accounts_keep_condition_of_the_closed();
DROP TRIGGER accounts_apikey_of_the_open ON accounts_apikey;
DROP FUNCTION accounts_check_key_of_the_open();
DROP TRIGGER accounts_membership_stays_of_the_open ON accounts_membership;
DROP TRIGGER accounts_membership_of_the_open ON accounts_membership;
DROP FUNCTION accounts_check_members();
DROP TRIGGER accounts_account_is_not_born_closed ON accounts_account;
DROP TRIGGER accounts_account_is_closed ON accounts_account;
DROP FUNCTION accounts_check_closed_account();
DROP TRIGGER accounts_user_is_not_born_closed ON accounts_user;
DROP TRIGGER accounts_user_is_closed ON accounts_user;
DROP FUNCTION accounts_check_closed_person();
"""

IDENTITIES = """
CREATE FUNCTION accounts_check_kept_identity() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.kept_since := common_now();
        IF NOT EXISTS (
            SELECT FROM accounts_closure closure
            JOIN accounts_closing closing ON closing.id = closure.closing_id
            WHERE closing.person_id = NEW.person_id)
        THEN
            RAISE EXCEPTION 'an identity is kept of closed people only'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.person_id, NEW.phone_mark, NEW.kept_since, NEW.kept_until)
            IS DISTINCT FROM (OLD.person_id, OLD.phone_mark, OLD.kept_since, OLD.kept_until)
        THEN
            RAISE EXCEPTION 'of an identity only its key may change'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF common_now() < OLD.kept_until THEN
        RAISE EXCEPTION 'an identity is kept until its day' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM accounts_closing closing
               WHERE closing.person_id = OLD.person_id AND accounts_is_closing_held(closing.id))
    THEN
        RAISE EXCEPTION 'an identity stays while there is a hold'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER accounts_keptidentity_is_kept BEFORE INSERT OR UPDATE OR DELETE
    ON accounts_keptidentity FOR EACH ROW EXECUTE FUNCTION accounts_check_kept_identity();
REVOKE TRUNCATE ON accounts_keptidentity FROM apiqik_app;
"""
IDENTITIES_REVERSE = """
DROP TRIGGER accounts_keptidentity_is_kept ON accounts_keptidentity;
DROP FUNCTION accounts_check_kept_identity();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0060_leaving")]

    operations = [
        *[append_only(table) for table in EVIDENCE],
        migrations.RunSQL(CLOSINGS, CLOSINGS_REVERSE),
        migrations.RunSQL(CLOSED, CLOSED_REVERSE),
        migrations.RunSQL(IDENTITIES, IDENTITIES_REVERSE),
    ]
