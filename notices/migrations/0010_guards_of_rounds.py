"""The guards, for every kind of change, audiences by rule, rounds, and what failed.

Replaces the functions of `0002_guards` whose subject has grown; going back puts the old
ones in their place again.
"""

import importlib

from django.db import migrations

from common.public_ids import ALPHABET, RANDOM_CHARACTERS
from common.sql import append_only

old = importlib.import_module("notices.migrations.0002_guards")

EVIDENCE = [
    "notices_alarm",
    "notices_bounce",
    "notices_exemption",
    "notices_expansionbatch",
    "notices_expansioncompletion",
    "notices_failure",
    "notices_postponedaccount",
    "notices_postponement",
    "notices_selection",
]


def function_of(statements: str) -> str:
    """The CREATE FUNCTION of the old text alone, to be put back over the new one."""
    end = statements.index("$$;") + len("$$;")
    return statements[:end].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


# The bytes of a random UUID that are random all through: not the seventh, whose high half
# says which kind of UUID it is. Of each, five bits choose a character.
_BYTES = [("a", place) for place in (0, 1, 2, 3, 4, 5, *range(7, 16))] + [
    ("b", place) for place in range(5)
]
assert len(_BYTES) == RANDOM_CHARACTERS
_CHARACTERS = " || ".join(
    f"substr('{ALPHABET}', (get_byte({name}, {place}) & 31) + 1, 1)" for name, place in _BYTES
)
PUBLIC_ID = f"""
CREATE FUNCTION notices_new_public_id(prefix text) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp
AS $$
DECLARE
    a bytea := uuid_send(gen_random_uuid());
    b bytea := uuid_send(gen_random_uuid());
BEGIN
    RETURN prefix || '_' || {_CHARACTERS};
END
$$;
"""

# Which accounts the rule of a change fits now. One row per change and account; asked by
# the jobs that select, and by the guard below, so the two cannot differ.
AUDIENCE = """
CREATE VIEW notices_audience AS
SELECT change.id AS change_id, account.id AS account_id
FROM notices_servicechange change
JOIN accounts_account account ON change.audience = 'everyone' OR (
    change.audience = 'rule'
    AND (NOT change.rule ? 'regions' OR change.rule->'regions' @> to_jsonb(account.region_id))
    AND (NOT change.rule ? 'kinds' OR change.rule->'kinds' ? account.kind)
    AND (NOT change.rule ? 'opened_since'
         OR account.created_at >= (change.rule->>'opened_since')::timestamptz)
    AND (NOT change.rule ? 'opened_before'
         OR account.created_at < (change.rule->>'opened_before')::timestamptz)
    AND (NOT change.rule ? 'languages' OR EXISTS (
        SELECT FROM accounts_membership membership
        JOIN accounts_user person ON person.id = membership.user_id
        WHERE membership.account_id = account.id
          AND membership.role IN ('owner', 'admin')
          AND person.is_active
          AND change.rule->'languages' ? person.language))
    AND (NOT change.rule ? 'services' OR EXISTS (
        SELECT FROM accounts_serviceuse used
        WHERE used.account_id = account.id
          AND change.rule->'services' @> to_jsonb(used.service_id)
          AND (NOT change.rule ? 'used_since'
               OR used.last_used_at >= (change.rule->>'used_since')::timestamptz)))
);
"""

DIGEST = """
CREATE OR REPLACE FUNCTION notices_change_digest(wanted bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT encode(sha256(convert_to(jsonb_build_object(
        'change', change.uuid,
        'kind', change.kind,
        'titles', jsonb_build_array(change.title_zh_hans, change.title_en),
        'reasons', jsonb_build_array(change.reason_zh_hans, change.reason_en),
        'service', change.service_id,
        'model', change.model_id,
        'region', change.region_id,
        'limits', change.limits,
        'agreement_version', change.agreement_version_id,
        'clause', change.clause_id,
        'effective_at', extract(epoch FROM change.effective_at),
        'ends_at', extract(epoch FROM change.ends_at),
        'at_once', change.at_once,
        'grounds', change.grounds,
        'corrects', change.corrects_id,
        'lead_policy', change.lead_policy_id,
        'templates', (SELECT jsonb_agg(pinned.template_id ORDER BY pinned.template_id)
                      FROM notices_servicechange_templates pinned
                      WHERE pinned.servicechange_id = change.id),
        'keys', (SELECT jsonb_agg(named.api_key_id ORDER BY named.api_key_id)
                 FROM notices_concernedkey named WHERE named.change_id = change.id),
        'audience', change.audience,
        'rule', change.rule,
        -- Chosen accounts are part of what is approved; of a rule, the rule is.
        'accounts', CASE change.audience WHEN 'chosen' THEN
                    (SELECT encode(sha256(convert_to(
                        string_agg(concerned.account_id::text, ',' ORDER BY concerned.account_id),
                        'UTF8')), 'hex')
                     FROM notices_concernedaccount concerned
                     WHERE concerned.change_id = change.id) END
    )::text, 'UTF8')), 'hex')
    FROM notices_servicechange change WHERE change.id = wanted
$$;
"""

CHANGE_GUARD = (
    function_of(old.CHANGE_GUARD)
    .replace(
        "    IF (NEW.id, NEW.uuid,",
        "    -- Written by triggers; a form that was opened earlier writes back what it read.\n"
        "    IF pg_trigger_depth() = 1 THEN\n"
        "        NEW.concerned_count := OLD.concerned_count;\n"
        "        NEW.postponed_until := OLD.postponed_until;\n"
        "    END IF;\n"
        "    IF (NEW.id, NEW.uuid,",
    )
    .replace(
        "        NEW.service_id, NEW.clause_id,",
        "        NEW.service_id, NEW.model_id, NEW.region_id, NEW.limits,\n"
        "        NEW.agreement_version_id, NEW.audience, NEW.rule, NEW.corrects_id, NEW.clause_id,",
    )
    .replace(
        "        OLD.service_id, OLD.clause_id,",
        "        OLD.service_id, OLD.model_id, OLD.region_id, OLD.limits,\n"
        "        OLD.agreement_version_id, OLD.audience, OLD.rule, OLD.corrects_id, OLD.clause_id,",
    )
)

# Chosen accounts are chosen in a draft; those of a rule join once the announcing has
# begun, while the rule fits them. The count is taken here, under the same lock.
CONCERNED = """
CREATE OR REPLACE FUNCTION notices_guard_concerned() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    sign int := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    UPDATE notices_servicechange change
        SET concerned_count = concerned_count + sign * counted.number
        FROM (SELECT change_id, count(*) AS number FROM touched GROUP BY change_id) counted
        WHERE counted.change_id = change.id;
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT change_id FROM touched) named
        JOIN notices_servicechange change ON change.id = named.change_id
        WHERE change.state <> 'draft' AND (TG_OP = 'DELETE' OR change.audience = 'chosen'
              OR change.state NOT IN ('announcing', 'announced', 'taking_effect'))
    ) THEN
        RAISE EXCEPTION 'the accounts of a change are chosen while it is a draft'
            USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' AND EXISTS (
        SELECT FROM touched
        JOIN notices_servicechange change ON change.id = touched.change_id
        WHERE change.audience <> 'chosen' AND NOT EXISTS (
            SELECT FROM notices_audience audience
            WHERE audience.change_id = touched.change_id
              AND audience.account_id = touched.account_id)
    ) THEN
        RAISE EXCEPTION 'the rule of this change does not fit the account'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
"""

KEYS = """
CREATE FUNCTION notices_guard_keys() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM 1 FROM notices_servicechange
        WHERE id IN (SELECT change_id FROM touched) FOR SHARE;
    IF EXISTS (SELECT FROM touched JOIN notices_servicechange change
               ON change.id = touched.change_id WHERE change.state <> 'draft') THEN
        RAISE EXCEPTION 'the keys of a change are chosen while it is a draft'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER notices_key_joins_a_draft AFTER INSERT ON notices_concernedkey
    REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION notices_guard_keys();
CREATE TRIGGER notices_key_leaves_a_draft AFTER DELETE ON notices_concernedkey
    REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION notices_guard_keys();
REVOKE UPDATE, TRUNCATE ON notices_concernedkey FROM apiqik_app;
"""
KEYS_REVERSE = """
GRANT UPDATE ON notices_concernedkey TO apiqik_app;
DROP TRIGGER notices_key_leaves_a_draft ON notices_concernedkey;
DROP TRIGGER notices_key_joins_a_draft ON notices_concernedkey;
DROP FUNCTION notices_guard_keys();
"""

EXPANSION = """
CREATE OR REPLACE FUNCTION notices_guard_expansion() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM 1 FROM notices_servicechange change
    WHERE change.id = NEW.change_id AND CASE
        WHEN NEW.phase = 'announced' THEN change.state IN
            ('announcing', 'announced', 'taking_effect') AND NOT change.at_once
        WHEN NEW.phase = 'postponed' THEN change.state IN
            ('announcing', 'announced', 'taking_effect')
            AND EXISTS (SELECT FROM notices_postponement postponement
                        WHERE postponement.id = NEW.postponement_id
                          AND postponement.change_id = change.id)
        WHEN NEW.phase = 'in_effect' THEN change.state IN ('taking_effect', 'complete')
        WHEN NEW.whom = 'lifted' THEN change.state IN ('taking_effect', 'complete', 'lifted')
        WHEN NEW.whom = 'exempted' THEN change.state IN
            ('announcing', 'announced', 'taking_effect', 'complete')
        ELSE change.state = NEW.phase
    END FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the change is not in a state to be told of (%)', NEW.phase
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
"""

ZONE = """
CREATE OR REPLACE FUNCTION notices_keep_time_zone() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.time_zone := (SELECT time_zone FROM accounts_account WHERE id = NEW.account_id);
    SELECT expansion.change_id, expansion.phase INTO NEW.change_id, NEW.phase
        FROM notices_notice notice
        JOIN notices_expansion expansion ON expansion.id = notice.expansion_id
        WHERE notice.id = NEW.notice_id;
    RETURN NEW;
END
$$;
"""

# Only ever to a later moment than what holds now, and while nothing has begun for those
# it is for (their permits are what the gate has let through already).
POSTPONEMENT = """
CREATE FUNCTION notices_guard_postponement() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    change notices_servicechange;
    planned timestamptz;
BEGIN
    SELECT * INTO change FROM notices_servicechange WHERE id = NEW.change_id FOR UPDATE;
    planned := greatest(change.effective_at, (
        SELECT max(until) FROM notices_postponement
        WHERE change_id = NEW.change_id AND everybody));
    IF change.at_once OR change.state NOT IN ('announcing', 'announced', 'taking_effect') THEN
        RAISE EXCEPTION 'only an announced change is postponed' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.until <= planned THEN
        RAISE EXCEPTION 'a change is postponed to a later moment' USING ERRCODE = 'check_violation';
    END IF;
    IF change.ends_at <= NEW.until THEN
        RAISE EXCEPTION 'it would be over before it begins' USING ERRCODE = 'check_violation';
    END IF;
    NEW.was := planned;
    IF NEW.everybody THEN
        UPDATE notices_servicechange SET postponed_until = NEW.until, look_at = NULL
            WHERE id = change.id;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER notices_postponement_is_guarded BEFORE INSERT ON notices_postponement
    FOR EACH ROW EXECUTE FUNCTION notices_guard_postponement();
"""
POSTPONEMENT_REVERSE = """
DROP TRIGGER notices_postponement_is_guarded ON notices_postponement;
DROP FUNCTION notices_guard_postponement();
"""

# Best efforts stand in for an acceptance, so nobody writes down an effort that was not made.
FAILURE = """
CREATE FUNCTION notices_guard_failure() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    accepted int;
    refused int;
    tries int;
    bounced int;
BEGIN
    SELECT count(*) FILTER (WHERE outcome.verdict = 'accepted' AND bounce.id IS NULL),
           count(*) FILTER (WHERE outcome.verdict = 'rejected_for_good'),
           count(*) FILTER (WHERE outcome.verdict = 'rejected_for_now'),
           count(bounce.id)
        INTO accepted, refused, tries, bounced
        FROM notices_attempt attempt
        LEFT JOIN notices_outcome outcome ON outcome.attempt_id = attempt.id
        LEFT JOIN notices_bounce bounce ON bounce.attempt_id = attempt.id
        WHERE attempt.delivery_id = NEW.delivery_id;
    IF accepted > 0 OR NOT (CASE NEW.cause
            WHEN 'refused' THEN refused > 0
            WHEN 'exhausted' THEN tries > 8
            WHEN 'bounced' THEN bounced > 0 END) THEN
        RAISE EXCEPTION 'a delivery fails for good when its attempts say so'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER notices_failure_is_guarded BEFORE INSERT ON notices_failure
    FOR EACH ROW EXECUTE FUNCTION notices_guard_failure();
"""
FAILURE_REVERSE = """
DROP TRIGGER notices_failure_is_guarded ON notices_failure;
DROP FUNCTION notices_guard_failure();
"""

BOUNCE = """
CREATE FUNCTION notices_guard_bounce() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM notices_outcome WHERE attempt_id = NEW.attempt_id
               AND verdict LIKE 'rejected%') THEN
        RAISE EXCEPTION 'what was never taken cannot come back' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER notices_bounce_is_guarded BEFORE INSERT ON notices_bounce
    FOR EACH ROW EXECUTE FUNCTION notices_guard_bounce();
"""
BOUNCE_REVERSE = """
DROP TRIGGER notices_bounce_is_guarded ON notices_bounce;
DROP FUNCTION notices_guard_bounce();
"""

# An account is left out before it feels anything; afterwards there is lifting.
EXEMPTION = """
CREATE FUNCTION notices_guard_exemption() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM 1 FROM notices_servicechange
        WHERE id IN (SELECT change_id FROM exempted) FOR SHARE;
    IF EXISTS (
        SELECT FROM exempted
        JOIN notices_servicechange change ON change.id = exempted.change_id
        LEFT JOIN accounts_permit permit
            ON permit.change = change.uuid AND permit.account_id = exempted.account_id
        WHERE permit.id IS NOT NULL
           OR change.state NOT IN ('announcing', 'announced', 'taking_effect')
    ) THEN
        RAISE EXCEPTION 'an account is left out before the change reaches it'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER notices_exemption_comes_first AFTER INSERT ON notices_exemption
    REFERENCING NEW TABLE AS exempted
    FOR EACH STATEMENT EXECUTE FUNCTION notices_guard_exemption();
"""
EXEMPTION_REVERSE = """
DROP TRIGGER notices_exemption_comes_first ON notices_exemption;
DROP FUNCTION notices_guard_exemption();
"""

COUNTS = """
CREATE FUNCTION notices_count_new_deliveries() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO notices_deliverycount AS kept (expansion_id, channel, state, shard, number)
        SELECT expansion_id, channel, state, pg_backend_pid() % 16, count(*)
        FROM came GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (expansion_id, channel, state, shard)
        DO UPDATE SET number = kept.number + excluded.number;
    RETURN NULL;
END
$$;
CREATE FUNCTION notices_count_moved_deliveries() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO notices_deliverycount AS kept (expansion_id, channel, state, shard, number)
        SELECT expansion_id, channel, state, pg_backend_pid() % 16, sum(number)
        FROM (SELECT expansion_id, channel, state, 1 AS number FROM came
              UNION ALL
              SELECT expansion_id, channel, state, -1 FROM went) moved
        GROUP BY 1, 2, 3 HAVING sum(number) <> 0 ORDER BY 1, 2, 3
        ON CONFLICT (expansion_id, channel, state, shard)
        DO UPDATE SET number = kept.number + excluded.number;
    RETURN NULL;
END
$$;
CREATE TRIGGER notices_delivery_is_counted AFTER INSERT ON notices_delivery
    REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION notices_count_new_deliveries();
CREATE TRIGGER notices_delivery_is_recounted AFTER UPDATE ON notices_delivery
    REFERENCING OLD TABLE AS went NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION notices_count_moved_deliveries();
"""
COUNTS_REVERSE = """
DROP TRIGGER notices_delivery_is_recounted ON notices_delivery;
DROP TRIGGER notices_delivery_is_counted ON notices_delivery;
DROP FUNCTION notices_count_moved_deliveries();
DROP FUNCTION notices_count_new_deliveries();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0009_rounds_of_what_was_told"),
        ("accounts", "0012_uses_of_services"),
    ]

    operations = [
        *[append_only(table) for table in EVIDENCE],
        migrations.RunSQL(PUBLIC_ID, "DROP FUNCTION notices_new_public_id(text);"),
        migrations.RunSQL(AUDIENCE, "DROP VIEW notices_audience;"),
        migrations.RunSQL(DIGEST, function_of(old.DIGEST)),
        migrations.RunSQL(CHANGE_GUARD, function_of(old.CHANGE_GUARD)),
        migrations.RunSQL(CONCERNED, function_of(old.CONTENTS_GUARD)),
        migrations.RunSQL(KEYS, KEYS_REVERSE),
        migrations.RunSQL(EXPANSION, function_of(old.EXPANSION_GUARD)),
        migrations.RunSQL(ZONE, function_of(old.ZONE)),
        migrations.RunSQL(POSTPONEMENT, POSTPONEMENT_REVERSE),
        migrations.RunSQL(FAILURE, FAILURE_REVERSE),
        migrations.RunSQL(BOUNCE, BOUNCE_REVERSE),
        migrations.RunSQL(EXEMPTION, EXEMPTION_REVERSE),
        migrations.RunSQL(COUNTS, COUNTS_REVERSE),
    ]
