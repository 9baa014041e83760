"""The gate: what counts as notice, best efforts, bounces, postponements, exemptions.

Told on local day D with a lead of N days, an account may feel the change from 00:00 of
day D + N + 1, in the zone it was in when told or in the one it is in now, whichever is
later. What counts, by the lead policy of the change:

- a message accepted by the provider on a channel that counts, and not bounced; or best
  efforts: every address failed for good, each recorded, with inbox and announcement
  standing in from the later of the last failure and the inbox message;
- and each channel the policy requires besides.
"""

import importlib

from django.db import migrations

old = importlib.import_module("notices.migrations.0003_gate")
guards = importlib.import_module("notices.migrations.0010_guards_of_rounds")

# Inlined by the planner, so no settings of its own.
OPENING = """
CREATE FUNCTION notices_opening(told timestamptz, lead_days integer, then_zone text, now_zone text)
RETURNS timestamptz LANGUAGE sql IMMUTABLE
AS $$
    SELECT greatest(
        ((told AT TIME ZONE then_zone)::date + lead_days + 1)::timestamp AT TIME ZONE then_zone,
        ((told AT TIME ZONE now_zone)::date + lead_days + 1)::timestamp AT TIME ZONE now_zone)
$$;
"""

# One row per account of an approved change that is not left out. `moment` is NULL until
# notice can be proven: greatest() passes over NULL, so each is asked for first. What was
# told before the approval was told of something else.
GATE = """
CREATE VIEW notices_gate AS
SELECT
    change.uuid AS change,
    change.id AS change_id,
    concerned.account_id,
    planned.moment AS planned,
    CASE
        WHEN change.at_once THEN planned.moment
        WHEN coalesce(told.accepted, told.exhausted) IS NULL THEN NULL
        WHEN policy.required_channels ? 'announcement' AND announced.at IS NULL THEN NULL
        WHEN policy.required_channels ? 'email' AND told.emails > 0
             AND coalesce(told.email_accepted, told.email_failed) IS NULL THEN NULL
        WHEN policy.required_channels ? 'sms' AND told.texts > 0
             AND coalesce(told.sms_accepted, told.sms_failed) IS NULL THEN NULL
        ELSE greatest(
            planned.moment,
            coalesce(told.accepted, told.exhausted),
            CASE WHEN policy.required_channels ? 'inbox' THEN told.inbox END,
            CASE WHEN policy.required_channels ? 'announcement' THEN notices_opening(
                announced.at, policy.lead_days, account.time_zone, account.time_zone) END,
            CASE WHEN policy.required_channels ? 'email'
                 THEN coalesce(told.email_accepted, told.email_failed) END,
            CASE WHEN policy.required_channels ? 'sms'
                 THEN coalesce(told.sms_accepted, told.sms_failed) END)
    END AS moment
FROM notices_servicechange change
JOIN notices_proposal proposal ON proposal.id =
    (SELECT max(id) FROM notices_proposal newest WHERE newest.change_id = change.id)
JOIN notices_approval approval ON approval.proposal_id = proposal.id
JOIN notices_leadpolicy policy ON policy.id = change.lead_policy_id
JOIN notices_concernedaccount concerned ON concerned.change_id = change.id
JOIN accounts_account account ON account.id = concerned.account_id
CROSS JOIN LATERAL (
    SELECT greatest(
        change.effective_at,
        CASE WHEN change.at_once THEN approval.recorded_at END,
        (SELECT max(postponement.until) FROM notices_postponement postponement
         WHERE postponement.change_id = change.id
           AND (postponement.everybody OR EXISTS (
               SELECT FROM notices_postponedaccount postponed
               WHERE postponed.postponement_id = postponement.id
                 AND postponed.account_id = concerned.account_id)))
    ) AS moment
) planned
CROSS JOIN LATERAL (
    SELECT min(announcement.recorded_at) AS at
    FROM notices_announcement announcement
    JOIN notices_expansion expansion ON expansion.id = announcement.expansion_id
    WHERE expansion.change_id = change.id AND expansion.phase = 'announced'
      AND announcement.recorded_at >= approval.recorded_at
) announced
CROSS JOIN LATERAL (
    SELECT
        min(line.accepted) FILTER (WHERE line.counts) AS accepted,
        CASE WHEN bool_and(line.failed IS NOT NULL) FILTER (WHERE line.counts)
             THEN max(line.failed) FILTER (WHERE line.counts) END AS exhausted,
        min(line.inbox) AS inbox,
        count(*) FILTER (WHERE line.channel = 'email') AS emails,
        min(line.accepted) FILTER (WHERE line.channel = 'email') AS email_accepted,
        CASE WHEN bool_and(line.failed IS NOT NULL) FILTER (WHERE line.channel = 'email')
             THEN max(line.failed) FILTER (WHERE line.channel = 'email') END AS email_failed,
        count(*) FILTER (WHERE line.channel = 'sms') AS texts,
        min(line.accepted) FILTER (WHERE line.channel = 'sms') AS sms_accepted,
        CASE WHEN bool_and(line.failed IS NOT NULL) FILTER (WHERE line.channel = 'sms')
             THEN max(line.failed) FILTER (WHERE line.channel = 'sms') END AS sms_failed
    FROM (
        SELECT
            delivery.channel,
            policy.counted_channels ? delivery.channel AS counts,
            notices_opening(notice.recorded_at, policy.lead_days,
                about.time_zone, account.time_zone) AS inbox,
            CASE WHEN outcome.verdict = 'accepted' AND bounce.id IS NULL
                 THEN notices_opening(outcome.recorded_at, policy.lead_days,
                     about.time_zone, account.time_zone) END AS accepted,
            CASE WHEN failure.id IS NOT NULL
                 THEN notices_opening(greatest(failure.recorded_at, notice.recorded_at),
                     policy.lead_days, about.time_zone, account.time_zone) END AS failed
        FROM notices_noticeaccount about
        JOIN notices_notice notice ON notice.id = about.notice_id
        LEFT JOIN notices_delivery delivery ON delivery.notice_id = notice.id
        LEFT JOIN notices_failure failure ON failure.delivery_id = delivery.id
        LEFT JOIN notices_attempt attempt ON attempt.delivery_id = delivery.id
        LEFT JOIN notices_outcome outcome ON outcome.attempt_id = attempt.id
        LEFT JOIN notices_bounce bounce ON bounce.attempt_id = attempt.id
        WHERE about.change_id = change.id
          AND about.account_id = concerned.account_id
          AND about.phase = 'announced'
          AND notice.recorded_at >= approval.recorded_at
    ) line
) told
WHERE change.state IN ('approved', 'announcing', 'announced', 'taking_effect', 'complete')
  AND NOT EXISTS (SELECT FROM notices_exemption exemption
                  WHERE exemption.change_id = change.id
                    AND exemption.account_id = concerned.account_id);
"""
DROP_GATE = "DROP VIEW notices_gate;"

# An effect carries out its change and nothing more. What a kind may impose is named here,
# so that one without restrictions can never take anything away.
RESTRICTIONS = """
CREATE FUNCTION notices_measure_of(kind text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE kind WHEN 'usage_limit' THEN 'limit' WHEN 'suspension' THEN 'suspend'
        WHEN 'termination' THEN 'terminate' WHEN 'permanent_disabling' THEN 'disable' END
$$;
CREATE OR REPLACE FUNCTION notices_check_restrictions() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM 1 FROM notices_servicechange change WHERE change.uuid IN (
        SELECT permit.change FROM imposed
        JOIN accounts_permit permit ON permit.id = imposed.permit_id) FOR SHARE;
    IF EXISTS (
        SELECT 1 FROM imposed
        JOIN accounts_permit permit ON permit.id = imposed.permit_id
        JOIN notices_servicechange change ON change.uuid = permit.change
        WHERE imposed.clause_id <> change.clause_id
           OR imposed.service_id IS DISTINCT FROM change.service_id
           OR imposed.model_id IS DISTINCT FROM change.model_id
           OR imposed.region_id IS DISTINCT FROM change.region_id
           OR imposed.limits IS DISTINCT FROM change.limits
           OR imposed.measure IS DISTINCT FROM notices_measure_of(change.kind)
           OR imposed.ends_at IS DISTINCT FROM change.ends_at
           OR change.state NOT IN
              ('approved', 'announcing', 'announced', 'taking_effect', 'complete')
           OR CASE WHEN imposed.api_key_id IS NULL
              THEN EXISTS (SELECT FROM notices_concernedkey named WHERE named.change_id = change.id)
              ELSE NOT EXISTS (SELECT FROM notices_concernedkey named
                               WHERE named.change_id = change.id
                                 AND named.api_key_id = imposed.api_key_id) END
    ) THEN
        RAISE EXCEPTION 'a restriction reaches no further than its change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
"""

# Takes the place of the check that refuses everything: an approved incident, and as wide
# as it says.
PLATFORM = """
CREATE OR REPLACE FUNCTION accounts_check_platform_restriction() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM 1 FROM notices_servicechange
        WHERE uuid IN (SELECT change FROM imposed) FOR SHARE;
    IF EXISTS (
        SELECT 1 FROM imposed
        LEFT JOIN notices_servicechange change ON change.uuid = imposed.change
        WHERE change.id IS NULL
           OR change.kind <> 'incident' OR NOT change.at_once
           OR change.state NOT IN ('approved', 'taking_effect')
           OR imposed.starts_at < change.effective_at
           OR imposed.clause_id <> change.clause_id
           OR imposed.service_id IS DISTINCT FROM change.service_id
           OR imposed.model_id IS DISTINCT FROM change.model_id
           OR imposed.region_id IS DISTINCT FROM change.region_id
           OR imposed.ends_at IS DISTINCT FROM change.ends_at
    ) THEN
        RAISE EXCEPTION 'nothing is taken from everybody without an approved incident'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
"""

# A version comes into force by the amendment that was announced.
VERSIONS = """
CREATE FUNCTION notices_check_versions() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM begun
        JOIN accounts_permit permit ON permit.id = begun.permit_id
        JOIN notices_servicechange change ON change.uuid = permit.change
        WHERE change.kind <> 'amendment'
           OR change.agreement_version_id IS DISTINCT FROM begun.version_id
    ) THEN
        RAISE EXCEPTION 'a version comes into force by the amendment that was announced'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER notices_version_follows_its_change AFTER INSERT ON accounts_versioninforce
    REFERENCING NEW TABLE AS begun
    FOR EACH STATEMENT EXECUTE FUNCTION notices_check_versions();
"""
VERSIONS_REVERSE = """
DROP TRIGGER notices_version_follows_its_change ON accounts_versioninforce;
DROP FUNCTION notices_check_versions();
"""

PLATFORM_REVERSE = """
CREATE OR REPLACE FUNCTION accounts_check_platform_restriction() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'nothing is taken from everybody without an approved change'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0010_guards_of_rounds")]

    operations = [
        migrations.RunSQL(
            OPENING,
            "DROP FUNCTION notices_opening(timestamptz, integer, text, text);",
        ),
        migrations.RunSQL(DROP_GATE, old.GATE[: old.GATE.index("CREATE FUNCTION")]),
        migrations.RunSQL(GATE, DROP_GATE),
        migrations.RunSQL(
            RESTRICTIONS,
            guards.function_of(old.RESTRICTIONS) + "DROP FUNCTION notices_measure_of(text);",
        ),
        migrations.RunSQL(PLATFORM, PLATFORM_REVERSE),
        migrations.RunSQL(VERSIONS, VERSIONS_REVERSE),
    ]
