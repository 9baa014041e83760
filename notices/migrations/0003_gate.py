"""The gate: no effect without provable prior notice (clause 1.3).

The view `notices_gate` says from which moment each account may feel the effect of a
change; `earliest_effect` asks it for one account; the check on permits, which `accounts`
left closed, asks it for all; and a restriction may be no wider than its change.
"""

from django.db import migrations

# One row per account of an approved change. `moment` is NULL until somebody of the
# account has been told through a channel that counts: no proof, no effect. What was told
# before the approval was told of something else. Told on local day D with a lead of N
# days, an account may feel it from 00:00 of day D + N + 1. Days are counted where the
# account was when told and where it is now; the later moment holds.
GATE = """
CREATE VIEW notices_gate AS
SELECT
    change.uuid AS change,
    concerned.account_id,
    CASE
        WHEN change.at_once THEN greatest(change.effective_at, approval.recorded_at)
        WHEN told.opens_at IS NULL THEN NULL
        ELSE greatest(change.effective_at, told.opens_at)
    END AS moment
FROM notices_servicechange change
JOIN notices_proposal proposal ON proposal.id =
    (SELECT max(id) FROM notices_proposal newest WHERE newest.change_id = change.id)
JOIN notices_approval approval ON approval.proposal_id = proposal.id
JOIN notices_concernedaccount concerned ON concerned.change_id = change.id
JOIN accounts_account account ON account.id = concerned.account_id
JOIN notices_leadpolicy policy ON policy.id = change.lead_policy_id
LEFT JOIN LATERAL (
    SELECT min(greatest(
        ((outcome.recorded_at AT TIME ZONE about.time_zone)::date + policy.lead_days + 1)::timestamp
            AT TIME ZONE about.time_zone,
        ((outcome.recorded_at AT TIME ZONE account.time_zone)::date + policy.lead_days + 1)::timestamp
            AT TIME ZONE account.time_zone)) AS opens_at
    FROM notices_noticeaccount about
    JOIN notices_notice notice ON notice.id = about.notice_id
    JOIN notices_expansion expansion ON expansion.id = notice.expansion_id
    JOIN notices_delivery delivery ON delivery.notice_id = notice.id
    JOIN notices_attempt attempt ON attempt.delivery_id = delivery.id
    JOIN notices_outcome outcome ON outcome.attempt_id = attempt.id
    WHERE about.account_id = concerned.account_id
      AND expansion.change_id = change.id
      AND expansion.phase = 'announced'
      AND expansion.recorded_at >= approval.recorded_at
      AND outcome.verdict = 'accepted'
      AND policy.counted_channels ? delivery.channel
) told ON true
WHERE change.state IN ('approved', 'announcing', 'announced', 'taking_effect', 'complete');

CREATE FUNCTION earliest_effect(wanted_change uuid, wanted_account bigint) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT moment FROM notices_gate WHERE change = wanted_change AND account_id = wanted_account
$$;
"""

# Takes the place of the check that refuses everything. The change is locked, so that a
# withdrawal waits for us or we for it, and an effect never overtakes one.
PERMITS = """
CREATE OR REPLACE FUNCTION accounts_check_permits() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    refused record;
BEGIN
    PERFORM 1 FROM notices_servicechange
        WHERE uuid IN (SELECT change FROM issued) FOR SHARE;
    SELECT issued.account_id, gate.moment INTO refused
    FROM issued
    LEFT JOIN notices_gate gate
        ON gate.change = issued.change AND gate.account_id = issued.account_id
    WHERE gate.moment IS NULL
       OR gate.moment > common_now()
       OR issued.not_before < gate.moment
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the gate is closed for account %: %', refused.account_id,
            coalesce('it opens at ' || refused.moment, 'no proof of prior notice')
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
"""
PERMITS_REVERSE = """
CREATE OR REPLACE FUNCTION accounts_check_permits() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'no permit without a gate: prior notice cannot be proven'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
"""

# A restriction carries out its change and nothing more.
RESTRICTIONS = """
CREATE FUNCTION notices_check_restrictions() RETURNS trigger
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
           OR imposed.ends_at IS DISTINCT FROM change.ends_at
           OR change.state NOT IN
              ('approved', 'announcing', 'announced', 'taking_effect', 'complete')
    ) THEN
        RAISE EXCEPTION 'a restriction reaches no further than its change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER notices_restriction_follows_its_change AFTER INSERT ON accounts_restriction
    REFERENCING NEW TABLE AS imposed
    FOR EACH STATEMENT EXECUTE FUNCTION notices_check_restrictions();
"""

RESTRICTIONS_REVERSE = """
DROP TRIGGER notices_restriction_follows_its_change ON accounts_restriction;
DROP FUNCTION notices_check_restrictions();
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0002_guards")]

    operations = [
        migrations.RunSQL(
            GATE, "DROP FUNCTION earliest_effect(uuid, bigint); DROP VIEW notices_gate;"
        ),
        migrations.RunSQL(PERMITS, PERMITS_REVERSE),
        migrations.RunSQL(RESTRICTIONS, RESTRICTIONS_REVERSE),
    ]
