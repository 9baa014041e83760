"""What the database keeps of sending: attempts, doubts and receipts.

An attempt is written by whoever holds the claim, and a second one only when the ones before
it are known not to have been taken, came back, or were let go in a record of their own. A
receipt belongs to what its own provider was given.
"""

import importlib

from django.db import migrations

from common.sql import APP_ROLE, append_only

gate = importlib.import_module("notices.migrations.0015_last_failures_and_strangers")
guards = importlib.import_module("notices.migrations.0010_guards_of_rounds")

FINAL = [
    "notices_postedreceipts",
    "notices_receipt",
    "notices_receiptmatch",
    "notices_resolution",
]


def to_seal(table: str) -> migrations.RunSQL:
    """The index by which new rows are found to be sealed; the table is new and empty."""
    return migrations.RunSQL(
        f"CREATE INDEX {table}_to_seal ON {table} (transaction, id);",
        f"DROP INDEX {table}_to_seal;",
    )


COLUMNS = f"""
GRANT UPDATE (ask_at, asks) ON notices_delivery TO {APP_ROLE};
"""
COLUMNS_REVERSE = f"""
REVOKE UPDATE (ask_at, asks) ON notices_delivery FROM {APP_ROLE};
"""

# By index whatever the planner thinks of new tables: a statement writes few rows into many.
_FEW = "SET enable_seqscan = off SET enable_mergejoin = off SET enable_hashjoin = off"

ATTEMPTS = f"""
CREATE FUNCTION notices_check_attempts() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp {_FEW}
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written
        JOIN notices_delivery delivery ON delivery.id = written.delivery_id
        WHERE delivery.state <> 'sending' OR delivery.fence <> written.fence) THEN
        RAISE EXCEPTION 'an attempt is made by whoever has claimed the delivery'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT FROM written
        JOIN notices_attempt before
            ON before.delivery_id = written.delivery_id AND before.fence < written.fence
        LEFT JOIN notices_outcome outcome ON outcome.attempt_id = before.id
        WHERE NOT coalesce(outcome.verdict LIKE 'rejected%', false)
          AND NOT EXISTS (SELECT FROM notices_bounce bounce WHERE bounce.attempt_id = before.id)
          AND NOT EXISTS (SELECT FROM notices_resolution found
                          WHERE found.attempt_id = before.id
                            AND found.kind IN ('not_taken', 'resent'))) THEN
        RAISE EXCEPTION 'a message that may have been taken is not sent again unrecorded'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT FROM written
        LEFT JOIN notices_attempt before ON before.id = written.repeats_id
        WHERE written.repeats_id IS NOT NULL
          AND (before.delivery_id IS DISTINCT FROM written.delivery_id
               OR before.provider <> written.provider OR before.repeats_id IS NOT NULL)) THEN
        RAISE EXCEPTION 'a repeat is of the first attempt that its provider was given'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER notices_attempt_is_claimed AFTER INSERT ON notices_attempt
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION notices_check_attempts();
"""
ATTEMPTS_REVERSE = """
DROP TRIGGER notices_attempt_is_claimed ON notices_attempt;
DROP FUNCTION notices_check_attempts();
"""

# Locks the delivery, so that what is found out and what a claim does take turns. A person
# may let go of what was taken and never arrived.
RESOLUTIONS = """
CREATE FUNCTION notices_guard_resolution() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    delivery notices_delivery;
    attempt notices_attempt;
    decided boolean := NEW.kind = 'resent' AND NEW.decided_by_id IS NOT NULL;
BEGIN
    SELECT * INTO delivery FROM notices_delivery WHERE id = NEW.delivery_id FOR NO KEY UPDATE;
    SELECT * INTO attempt FROM notices_attempt WHERE id = NEW.attempt_id;
    IF attempt.delivery_id IS DISTINCT FROM NEW.delivery_id
       OR (NOT decided AND EXISTS (SELECT FROM notices_outcome
               WHERE attempt_id = NEW.attempt_id AND verdict <> 'ambiguous')) THEN
        RAISE EXCEPTION 'only an attempt in doubt is resolved' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind <> 'taken' AND (
        NOT (delivery.state IN ('unknown', 'expired')
             OR (decided AND delivery.state IN ('failed', 'unreached')))
        OR attempt.fence <> delivery.fence
        OR (NOT decided AND EXISTS (SELECT FROM notices_resolution
                WHERE attempt_id = NEW.attempt_id AND kind = 'taken'))) THEN
        RAISE EXCEPTION 'what may be sent again is in doubt, and nobody is sending it'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER notices_resolution_is_guarded BEFORE INSERT ON notices_resolution
    FOR EACH ROW EXECUTE FUNCTION notices_guard_resolution();
"""
RESOLUTIONS_REVERSE = """
DROP TRIGGER notices_resolution_is_guarded ON notices_resolution;
DROP FUNCTION notices_guard_resolution();
"""

MATCHES = f"""
CREATE FUNCTION notices_check_receipt_matches() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp {_FEW}
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written
        JOIN notices_receipt receipt ON receipt.id = written.receipt_id
        LEFT JOIN notices_attempt attempt ON attempt.id = written.attempt_id
        LEFT JOIN notices_letterdelivery letter ON letter.id = written.letter_id
        WHERE receipt.provider IS DISTINCT FROM coalesce(attempt.provider, letter.provider)) THEN
        RAISE EXCEPTION 'a receipt is of what its own provider was given'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER notices_receiptmatch_is_of_its_provider AFTER INSERT ON notices_receiptmatch
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION notices_check_receipt_matches();

CREATE FUNCTION notices_check_receipts() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp {_FEW}
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written JOIN notices_postedreceipts posted ON posted.id = written.posted_id
        WHERE posted.provider <> written.provider) THEN
        RAISE EXCEPTION 'a receipt is of the provider that posted it'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER notices_receipt_is_of_its_provider AFTER INSERT ON notices_receipt
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION notices_check_receipts();

CREATE FUNCTION notices_check_digest_of_posted() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.sha256 := encode(sha256(NEW.body), 'hex');
    RETURN NEW;
END
$$;
CREATE TRIGGER notices_postedreceipts_are_hashed BEFORE INSERT ON notices_postedreceipts
    FOR EACH ROW EXECUTE FUNCTION notices_check_digest_of_posted();
"""
MATCHES_REVERSE = """
DROP TRIGGER notices_postedreceipts_are_hashed ON notices_postedreceipts;
DROP FUNCTION notices_check_digest_of_posted();
DROP TRIGGER notices_receipt_is_of_its_provider ON notices_receipt;
DROP FUNCTION notices_check_receipts();
DROP TRIGGER notices_receiptmatch_is_of_its_provider ON notices_receiptmatch;
DROP FUNCTION notices_check_receipt_matches();
"""

# What a provider was found to have taken counts as accepted, from when that was known.
OLD_GATE = gate.NEW_GATE
NEW_GATE = OLD_GATE.replace(
    """            CASE WHEN outcome.verdict = 'accepted' AND bounce.id IS NULL
                 THEN notices_opening(outcome.recorded_at, policy.lead_days,
                     about.time_zone, account.time_zone) END AS accepted,
""",
    """            CASE WHEN bounce.id IS NULL
                 THEN notices_opening(coalesce(
                     CASE WHEN outcome.verdict = 'accepted' THEN outcome.recorded_at END,
                     taken.recorded_at), policy.lead_days,
                     about.time_zone, account.time_zone) END AS accepted,
""",
).replace(
    """        LEFT JOIN notices_bounce bounce ON bounce.attempt_id = attempt.id
""",
    """        LEFT JOIN notices_bounce bounce ON bounce.attempt_id = attempt.id
        LEFT JOIN notices_resolution taken
            ON taken.attempt_id = attempt.id AND taken.kind = 'taken'
""",
)
assert NEW_GATE.count("taken") == 5

OLD_FAILURE = guards.function_of(guards.FAILURE)
NEW_FAILURE = OLD_FAILURE.replace(
    "count(*) FILTER (WHERE outcome.verdict = 'accepted' AND bounce.id IS NULL)",
    "count(*) FILTER (WHERE (outcome.verdict = 'accepted' OR taken.id IS NOT NULL)\n"
    "                            AND bounce.id IS NULL)",
).replace(
    "        LEFT JOIN notices_bounce bounce ON bounce.attempt_id = attempt.id\n",
    "        LEFT JOIN notices_bounce bounce ON bounce.attempt_id = attempt.id\n"
    "        LEFT JOIN notices_resolution taken\n"
    "            ON taken.attempt_id = attempt.id AND taken.kind = 'taken'\n",
)
assert NEW_FAILURE.count("taken") == 5


class Migration(migrations.Migration):
    dependencies = [("notices", "0101_indexes_of_receipts")]

    operations = [
        *[append_only(table, stamp="common_stamp_transaction") for table in FINAL],
        *[to_seal(table) for table in FINAL],
        migrations.RunSQL(COLUMNS, COLUMNS_REVERSE),
        migrations.RunSQL(RESOLUTIONS, RESOLUTIONS_REVERSE),
        migrations.RunSQL(ATTEMPTS, ATTEMPTS_REVERSE),
        migrations.RunSQL(MATCHES, MATCHES_REVERSE),
        migrations.RunSQL(NEW_GATE, OLD_GATE),
        migrations.RunSQL(NEW_FAILURE, OLD_FAILURE),
    ]
