"""The feed is written by one function, which gives numbers to what is committed, without a gap;
the app role reads what it wrote and writes none of it."""

from django.db import migrations

from common.sql import APP_ROLE

# One lock for all who number; any number that stays.
LOCK = 1_407

TABLES = [
    "accounts_enforcementfeed",
    "accounts_enforcementchange",
    "accounts_enforcemententry",
    "accounts_enforcementstate",
]
GUARDS = (
    "".join(
        f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {table} FROM {APP_ROLE};\n" for table in TABLES
    )
    + """
INSERT INTO accounts_enforcementfeed (id, last) VALUES (gen_random_uuid(), 0);
CREATE UNIQUE INDEX accounts_enforcementfeed_is_one ON accounts_enforcementfeed ((true));

CREATE FUNCTION accounts_keep_enforcement_entry() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.numbered_at < common_now() - interval '30 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'an entry of the feed stays as it is for thirty days'
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER accounts_enforcemententry_stays BEFORE UPDATE OR DELETE
    ON accounts_enforcemententry
    FOR EACH ROW EXECUTE FUNCTION accounts_keep_enforcement_entry();
CREATE TRIGGER accounts_enforcemententry_is_never_emptied BEFORE TRUNCATE
    ON accounts_enforcemententry
    FOR EACH STATEMENT EXECUTE FUNCTION common_refuse_change();
"""
)
GUARDS_REVERSE = """
DROP TRIGGER accounts_enforcemententry_is_never_emptied ON accounts_enforcemententry;
DROP TRIGGER accounts_enforcemententry_stays ON accounts_enforcemententry;
DROP FUNCTION accounts_keep_enforcement_entry();
DROP INDEX accounts_enforcementfeed_is_one;
DELETE FROM accounts_enforcementfeed;
""" + "".join(f"GRANT INSERT, UPDATE, DELETE ON {table} TO {APP_ROLE};\n" for table in TABLES)

# Each of what was taken beside what it says now, which is nothing where it is gone. From one to
# the other by loops over indexes, for the planner does not know how few are taken.
_OF_KIND = """
    SELECT taken.first, taken.kind, taken.subject, said.*
    FROM (SELECT *, subject::{type} AS id FROM taken WHERE kind = '{kind}') taken
    LEFT JOIN LATERAL ({said}) said ON true
"""
# A restriction, an account's or everybody's, as a rule.
_RESTRICTED = """
    SELECT CASE restriction.measure WHEN 'limit' THEN 'limited'
               WHEN 'output_block' THEN 'output_blocked' ELSE 'restricted' END AS code,
           {account} AS account, {key} AS key_digest, service.slug AS service,
           model.slug AS model, region.slug AS region, restriction.measure,
           CASE restriction.measure WHEN 'limit' THEN restriction.limits END AS limits,
           document.slug AS document, version.number AS version, clause.number AS clause,
           json_build_object('zh-Hans', restriction.reason_zh_hans,
                             'en', restriction.reason_en) AS reason,
           {since} AS since, restriction.ends_at AS until,
           restriction.id::text AS reference
    FROM {table} restriction
    {joined}
    JOIN accounts_clause clause ON clause.id = restriction.clause_id
    JOIN accounts_agreementversion version ON version.id = clause.version_id
    JOIN accounts_agreementdocument document ON document.id = version.document_id
    LEFT JOIN accounts_service service ON service.id = restriction.service_id
    LEFT JOIN accounts_inferencemodel model ON model.id = restriction.model_id
    LEFT JOIN accounts_region region ON region.id = restriction.region_id
    WHERE restriction.id = taken.id
      AND NOT EXISTS (
        SELECT FROM {lifting} lifting WHERE lifting.restriction_id = restriction.id)
      -- Readers judge by their clocks when it ends; a day later none needs it any more.
      AND (restriction.ends_at IS NULL OR restriction.ends_at > moment - interval '1 day')
"""
# What is retired, as a rule; its words and those of conditions are the caller's.
_RETIRED = """
    SELECT '{kind}_retired' AS code, NULL, NULL, service.slug, {model}, NULL,
           NULL, NULL::jsonb, NULL, NULL::integer, NULL,
           (words -> '{kind}_retired' -> 'reason')::json, retired.retired_at,
           NULL::timestamptz, NULL
    FROM {table} retired
    JOIN accounts_service service ON service.id = {service}
    WHERE retired.id = taken.id AND retired.retired_at IS NOT NULL
"""
_CONDITION = """
    SELECT 'condition' AS code, account.public_id, NULL, NULL, NULL, NULL,
           NULL, NULL::jsonb, terms.slug, terms.number, said.words ->> 'clause',
           (said.words -> 'reason')::json, condition.since, NULL::timestamptz, NULL
    FROM (SELECT * FROM accounts_condition WHERE id = taken.id OFFSET 0) condition
    JOIN accounts_account account ON account.id = condition.account_id
    LEFT JOIN terms ON true
    CROSS JOIN LATERAL (SELECT coalesce(words -> 'sources' -> condition.source,
                                        words -> 'condition') AS words) said
    WHERE condition.cleared_at IS NULL
"""
_RULES = " UNION ALL ".join(
    _OF_KIND.format(kind=kind, type=key, said=said)
    for kind, key, said in (
        (
            "restriction",
            "uuid",
            _RESTRICTED.format(
                table="accounts_restriction",
                lifting="accounts_lifting",
                account="account.public_id",
                key="key.digest",
                since="greatest(restriction.starts_at, permit.not_before)",
                joined="""JOIN accounts_permit permit ON permit.id = restriction.permit_id
    JOIN accounts_account account ON account.id = restriction.account_id
    LEFT JOIN accounts_apikey key ON key.id = restriction.api_key_id""",
            ),
        ),
        (
            "platform",
            "uuid",
            _RESTRICTED.format(
                table="accounts_platformrestriction",
                lifting="accounts_platformlifting",
                account="NULL",
                key="NULL",
                since="restriction.starts_at",
                joined="",
            ),
        ),
        ("condition", "bigint", _CONDITION),
        (
            "service",
            "bigint",
            _RETIRED.format(
                kind="service", table="accounts_service", service="retired.id", model="NULL"
            ),
        ),
        (
            "model",
            "bigint",
            _RETIRED.format(
                kind="model",
                table="accounts_inferencemodel",
                service="retired.service_id",
                model="retired.slug",
            ),
        ),
    )
)
_KEY = """
    SELECT 'key-' || key.id AS id, 'key' AS type, false AS gone, key.digest,
           account.public_id AS account,
           (SELECT json_agg(service.slug ORDER BY service.slug)
            FROM accounts_apikey_services allowed
            JOIN accounts_service service ON service.id = allowed.service_id
            WHERE allowed.apikey_id = key.id) AS services,
           {expires_at} AS expires_at, {revoked_at} AS revoked_at
    FROM accounts_apikey key
    JOIN accounts_account account ON account.id = key.account_id
    WHERE key.id = taken.id
"""


def _moment(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


_KEYS = _KEY.format(expires_at=_moment("key.expires_at"), revoked_at=_moment("key.revoked_at"))

# What is taken is dead and lies in the way until a vacuum, which an old snapshot may keep off for
# hours. So it is not looked through again: everything up to a place by transaction was taken,
# but for what those wrote that were not over then. Within one transaction all appears at once.
UNNUMBERED = f"""
CREATE FUNCTION accounts_unnumbered_changes(at_most integer)
RETURNS TABLE (transaction xid8, id bigint, written_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    feed accounts_enforcementfeed;
BEGIN
    SELECT * INTO feed FROM accounts_enforcementfeed;
    IF feed.looked_as IS DISTINCT FROM accounts_enforcement_feed() THEN
        -- Transactions of another server, or of another time of it.
        feed.upto := 0; feed.upto_id := 0; feed.under_way := '{{}}';
    END IF;
    RETURN QUERY
        SELECT * FROM (
            SELECT late.* FROM unnest(feed.under_way) AS slow (transaction) CROSS JOIN LATERAL (
                SELECT change.transaction, change.id, change.written_at
                FROM accounts_enforcementchange change
                WHERE change.transaction = slow.transaction::text::xid8
                ORDER BY change.transaction, change.id LIMIT at_most) late
            UNION ALL
            (SELECT change.transaction, change.id, change.written_at
             FROM accounts_enforcementchange change
             WHERE (change.transaction, change.id) > (feed.upto::text::xid8, feed.upto_id)
             ORDER BY change.transaction, change.id LIMIT at_most)
        ) found ORDER BY transaction, id LIMIT at_most;
END
$$;
REVOKE EXECUTE ON FUNCTION accounts_unnumbered_changes(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_unnumbered_changes(integer) TO {APP_ROLE};
"""
UNNUMBERED_REVERSE = "DROP FUNCTION accounts_unnumbered_changes(integer);"

NUMBER = f"""
CREATE FUNCTION accounts_number_changes(at_most integer, words jsonb) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_material = off SET jit = off
AS $$
DECLARE
    -- Rows found by this transaction's statements are those committed when each began.
    so_far bigint;
    moment constant timestamptz := common_now();
    looked_at timestamptz;
    done integer;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'numbers are given by what is committed, not by an older snapshot'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
    PERFORM pg_advisory_xact_lock({LOCK});
    SELECT last INTO so_far FROM accounts_enforcementfeed;
    looked_at := clock_timestamp();
    WITH found AS MATERIALIZED (
        SELECT transaction, id FROM accounts_unnumbered_changes(at_most)
    ), gathered AS (
        DELETE FROM accounts_enforcementchange change USING found WHERE change.id = found.id
        RETURNING change.id, change.kind, change.subject
    ), taken AS MATERIALIZED (
        SELECT kind, subject, min(id) AS first FROM gathered GROUP BY kind, subject
    ), terms AS MATERIALIZED (
        SELECT document.slug, version.number
        FROM accounts_agreementdocument document
        JOIN accounts_agreementversion version ON version.document_id = document.id
        JOIN accounts_publication publication ON publication.version_id = version.id
        WHERE document.slug = 'terms' ORDER BY version.number DESC LIMIT 1
    ), rules AS (
        {_RULES}
    ), lines AS (
        SELECT rules.first, rules.kind, rules.subject, rules.until,
               CASE WHEN rules.code IS NOT NULL THEN row_to_json(line) END AS line
        FROM rules CROSS JOIN LATERAL (
            SELECT rules.kind || '-' || rules.subject AS id, 'rule' AS type, false AS gone,
                   rules.code, rules.account, rules.key_digest, rules.service, rules.model,
                   rules.region, rules.measure, rules.limits, rules.document, rules.version,
                   rules.clause, rules.reason, {_moment("rules.since")} AS since,
                   {_moment("rules.until")} AS until, rules.reference
        ) line
        UNION ALL
        SELECT taken.first, taken.kind, taken.subject, NULL,
               CASE WHEN line.id IS NOT NULL THEN row_to_json(line) END
        FROM (SELECT *, subject::bigint AS id FROM taken WHERE kind = 'key') taken
        LEFT JOIN LATERAL ({_KEYS}) line ON true
    ), now_so AS (
        SELECT first, kind || '-' || subject AS id, until, line IS NULL AS gone,
               coalesce(substr(line::text, 2), format(
                   '"id":"%s","type":"%s","gone":true}}', kind || '-' || subject,
                   CASE kind WHEN 'key' THEN 'key' ELSE 'rule' END)) AS body
        FROM lines
    ), numbered AS (
        -- What is as the feed has it already gets no number, nor what nobody was told of.
        SELECT now_so.*, so_far + row_number() OVER (ORDER BY now_so.first) AS sequence
        FROM now_so LEFT JOIN accounts_enforcementstate state ON state.id = now_so.id
        WHERE now_so.body IS DISTINCT FROM state.body
          AND NOT (now_so.gone AND state.id IS NULL)
    ), written AS (
        INSERT INTO accounts_enforcemententry (sequence, line, numbered_at)
        SELECT sequence, '{{"sequence":' || sequence || ',' || body, moment FROM numbered
    ), kept AS (
        INSERT INTO accounts_enforcementstate AS state
            (id, sequence, gone, body, until, numbered_at)
        SELECT id, sequence, gone, body, until, moment FROM numbered
        ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, gone = excluded.gone,
            body = excluded.body, until = excluded.until, numbered_at = excluded.numbered_at
    ), place AS (
        SELECT through, CASE WHEN at_once THEN ends ELSE newest.transaction END AS upto,
               CASE WHEN at_once THEN 0 ELSE newest.id END AS upto_id
        FROM (SELECT count(*) < at_most AS through,
                     pg_snapshot_xmax(pg_current_snapshot()) AS ends FROM found) looked
        LEFT JOIN (SELECT * FROM found ORDER BY transaction DESC, id DESC LIMIT 1) newest ON true
        -- A row from another server may be of a transaction that is still to come on this one.
        CROSS JOIN LATERAL (SELECT through OR newest.transaction >= ends AS at_once) reached
    ), moved AS (
        UPDATE accounts_enforcementfeed feed SET
            last = so_far + (SELECT count(*) FROM numbered),
            looked_as = accounts_enforcement_feed(),
            upto = place.upto::text::bigint,
            upto_id = place.upto_id,
            -- This one is not among those under way by its own snapshot.
            under_way = ARRAY(
                SELECT slow::text::bigint FROM (
                    SELECT pg_snapshot_xip(pg_current_snapshot())
                    UNION SELECT pg_current_xact_id()) AS open (slow)
                WHERE slow < place.upto),
            complete_at = CASE WHEN through THEN looked_at ELSE feed.complete_at END
        FROM place
        -- Now and then too while nothing changes.
        WHERE EXISTS (SELECT FROM found) OR feed.upto = 0
            OR feed.complete_at < looked_at - interval '5 s'
    )
    SELECT count(*) INTO done FROM gathered;
    RETURN done;
END
$$;
REVOKE EXECUTE ON FUNCTION accounts_number_changes(integer, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_number_changes(integer, jsonb) TO {APP_ROLE};
"""
NUMBER_REVERSE = "DROP FUNCTION accounts_number_changes(integer, jsonb);"

# Another database, server or timeline is another feed: numbers given after a dump or a backup was
# taken are given again, for other entries, by the database that is made of it.
IDENTITY = """
CREATE FUNCTION accounts_enforcement_feed() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT md5(concat_ws(' ',
        feed.id,
        (SELECT system_identifier FROM pg_control_system()),
        left(pg_walfile_name(pg_current_wal_lsn()), 8),
        (SELECT oid FROM pg_database WHERE datname = current_database()),
        'accounts_enforcemententry'::regclass::oid))::uuid
    FROM accounts_enforcementfeed feed
$$;
"""
IDENTITY_REVERSE = "DROP FUNCTION accounts_enforcement_feed();"

FORGET = f"""
CREATE FUNCTION accounts_forget_enforcement(at_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    old constant timestamptz := common_now() - interval '30 days';
    done integer;
BEGIN
    -- Looks through all again, now and then, whatever the place was.
    UPDATE accounts_enforcementfeed SET upto = 0, upto_id = 0, under_way = '{{}}';
    WITH forgotten AS (
        DELETE FROM accounts_enforcemententry WHERE numbered_at < old AND sequence IN (
            SELECT sequence FROM accounts_enforcemententry ORDER BY sequence LIMIT at_most)
        RETURNING 1
    ), buried AS (
        -- Who does not know of it yet finds no entry from then any more either.
        DELETE FROM accounts_enforcementstate WHERE id IN (
            SELECT id FROM accounts_enforcementstate
            WHERE gone AND numbered_at < old ORDER BY numbered_at LIMIT at_most)
        RETURNING 1
    ), over AS (
        INSERT INTO accounts_enforcementchange (kind, subject, written_at)
        SELECT split_part(id, '-', 1), substr(id, strpos(id, '-') + 1), clock_timestamp()
        FROM (
            SELECT id FROM accounts_enforcementstate
            WHERE NOT gone AND until < common_now() - interval '1 day'
            ORDER BY until LIMIT at_most) ended
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM forgotten) + (SELECT count(*) FROM buried)
        + (SELECT count(*) FROM over) INTO done;
    RETURN done;
END
$$;
REVOKE EXECUTE ON FUNCTION accounts_forget_enforcement(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_forget_enforcement(integer) TO {APP_ROLE};
"""
FORGET_REVERSE = "DROP FUNCTION accounts_forget_enforcement(integer);"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0100_enforcement_feed")]

    operations = [
        migrations.RunSQL(GUARDS, GUARDS_REVERSE),
        migrations.RunSQL(IDENTITY, IDENTITY_REVERSE),
        migrations.RunSQL(UNNUMBERED, UNNUMBERED_REVERSE),
        migrations.RunSQL(NUMBER, NUMBER_REVERSE),
        migrations.RunSQL(FORGET, FORGET_REVERSE),
    ]
