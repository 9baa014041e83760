"""The gate: no effect without provable prior notice, kept by the database (clause 1.3).

Cast: `notices_change_digest` says what a change contains; the guards keep it fixed once
proposed, keep its state on its path, and want a second person; the view `notices_gate`
says from which moment each account may feel the effect; `earliest_effect` asks it for
one account; and the check on permits, which `accounts` left closed, asks it for all.
"""

from django.db import migrations

from common.sql import append_only, never_deleted

EVIDENCE = [
    "notices_leadpolicy",
    "notices_template",
    "notices_proposal",
    "notices_approval",
    "notices_rejection",
    "notices_withdrawal",
    "notices_liftingorder",
    "notices_renderedbody",
    "notices_expansion",
    "notices_notice",
    "notices_noticeaccount",
    "notices_reading",
    "notices_announcement",
    "notices_attempt",
    "notices_outcome",
]
KEPT = ["notices_servicechange", "notices_delivery"]

# jsonb keeps its keys in one order and moments are written in UTC, so the same contents
# give the same hash in every session.
DIGEST = """
CREATE FUNCTION notices_change_digest(wanted bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT encode(sha256(convert_to(jsonb_build_object(
        'change', change.uuid,
        'kind', change.kind,
        'titles', jsonb_build_array(change.title_zh_hans, change.title_en),
        'reasons', jsonb_build_array(change.reason_zh_hans, change.reason_en),
        'service', change.service_id,
        'clause', change.clause_id,
        'effective_at', extract(epoch FROM change.effective_at),
        'ends_at', extract(epoch FROM change.ends_at),
        'at_once', change.at_once,
        'grounds', change.grounds,
        'lead_policy', change.lead_policy_id,
        'templates', (SELECT jsonb_agg(pinned.template_id ORDER BY pinned.template_id)
                      FROM notices_servicechange_templates pinned
                      WHERE pinned.servicechange_id = change.id),
        'accounts', (SELECT encode(sha256(convert_to(
                        string_agg(concerned.account_id::text, ',' ORDER BY concerned.account_id),
                        'UTF8')), 'hex')
                     FROM notices_concernedaccount concerned
                     WHERE concerned.change_id = change.id)
    )::text, 'UTF8')), 'hex')
    FROM notices_servicechange change WHERE change.id = wanted
$$;
"""

CHANGE_GUARD = """
CREATE FUNCTION notices_guard_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'a change begins as a draft' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.uuid, NEW.public_id, NEW.planned_by_id)
       IS DISTINCT FROM (OLD.id, OLD.uuid, OLD.public_id, OLD.planned_by_id) THEN
        RAISE EXCEPTION 'a change keeps its identity' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'draft>proposed', 'draft>withdrawn',
        'proposed>draft', 'proposed>approved', 'proposed>withdrawn',
        'approved>draft', 'approved>announcing', 'approved>taking_effect', 'approved>withdrawn',
        'announcing>announced', 'announcing>taking_effect', 'announcing>withdrawn',
        'announced>taking_effect', 'announced>withdrawn',
        'taking_effect>complete', 'taking_effect>lifted',
        'complete>lifted']) THEN
        RAISE EXCEPTION 'a change does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state <> 'draft' AND NEW.state <> 'draft' AND
       (NEW.kind, NEW.title_zh_hans, NEW.title_en, NEW.reason_zh_hans, NEW.reason_en,
        NEW.service_id, NEW.clause_id, NEW.effective_at, NEW.ends_at, NEW.at_once,
        NEW.grounds, NEW.lead_policy_id)
       IS DISTINCT FROM
       (OLD.kind, OLD.title_zh_hans, OLD.title_en, OLD.reason_zh_hans, OLD.reason_en,
        OLD.service_id, OLD.clause_id, OLD.effective_at, OLD.ends_at, OLD.at_once,
        OLD.grounds, OLD.lead_policy_id) THEN
        RAISE EXCEPTION 'a change is edited as a draft only' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'approved' AND OLD.state <> 'approved' AND NOT EXISTS (
        SELECT 1 FROM notices_approval approval
        WHERE approval.proposal_id = (SELECT max(id) FROM notices_proposal WHERE change_id = NEW.id)
    ) THEN
        RAISE EXCEPTION 'a change is approved by an approval' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER notices_change_is_guarded BEFORE INSERT OR UPDATE ON notices_servicechange
    FOR EACH ROW EXECUTE FUNCTION notices_guard_change();
"""

# Locks the change, so that nobody proposes it while its accounts are still changing.
CONTENTS_GUARD = """
CREATE FUNCTION notices_guard_concerned() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM 1 FROM notices_servicechange
        WHERE id IN (SELECT change_id FROM touched) FOR SHARE;
    IF EXISTS (SELECT 1 FROM touched JOIN notices_servicechange change
               ON change.id = touched.change_id WHERE change.state <> 'draft') THEN
        RAISE EXCEPTION 'the accounts of a change are chosen while it is a draft'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER notices_concerned_joins_a_draft AFTER INSERT ON notices_concernedaccount
    REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION notices_guard_concerned();
CREATE TRIGGER notices_concerned_leaves_a_draft AFTER DELETE ON notices_concernedaccount
    REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION notices_guard_concerned();
CREATE FUNCTION notices_guard_pinned() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM 1 FROM notices_servicechange
        WHERE id IN (SELECT servicechange_id FROM touched) FOR SHARE;
    IF EXISTS (SELECT 1 FROM touched JOIN notices_servicechange change
               ON change.id = touched.servicechange_id WHERE change.state <> 'draft') THEN
        RAISE EXCEPTION 'the texts of a change are pinned while it is a draft'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER notices_pinned_joins_a_draft AFTER INSERT ON notices_servicechange_templates
    REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION notices_guard_pinned();
CREATE TRIGGER notices_pinned_leaves_a_draft AFTER DELETE ON notices_servicechange_templates
    REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION notices_guard_pinned();
REVOKE UPDATE, TRUNCATE ON notices_concernedaccount, notices_servicechange_templates
    FROM apiqik_app;
"""

PROPOSAL_GUARD = """
CREATE FUNCTION notices_guard_proposal() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM 1 FROM notices_servicechange WHERE id = NEW.change_id AND state = 'draft' FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only a draft is proposed' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.digest IS DISTINCT FROM notices_change_digest(NEW.change_id) THEN
        RAISE EXCEPTION 'a proposal pins the change as it stands' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER notices_proposal_is_guarded BEFORE INSERT ON notices_proposal
    FOR EACH ROW EXECUTE FUNCTION notices_guard_proposal();
"""

APPROVAL_GUARD = """
CREATE FUNCTION notices_guard_approval() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    proposal notices_proposal;
    change notices_servicechange;
BEGIN
    SELECT * INTO proposal FROM notices_proposal WHERE id = NEW.proposal_id;
    SELECT * INTO change FROM notices_servicechange WHERE id = proposal.change_id FOR UPDATE;
    IF change.state IS DISTINCT FROM 'proposed'
       OR proposal.id <> (SELECT max(id) FROM notices_proposal WHERE change_id = change.id)
       OR EXISTS (SELECT 1 FROM notices_rejection WHERE proposal_id = proposal.id) THEN
        RAISE EXCEPTION 'this proposal is not waiting for approval' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.approved_by_id = proposal.proposed_by_id THEN
        RAISE EXCEPTION 'nobody approves their own proposal' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.digest <> proposal.digest
       OR proposal.digest <> notices_change_digest(change.id) THEN
        RAISE EXCEPTION 'the change is not what was proposed' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM accounts_user person
        WHERE person.id = NEW.approved_by_id AND person.is_active AND person.is_staff
          AND (person.is_superuser OR EXISTS (
            SELECT 1 FROM accounts_user_groups membership
            JOIN auth_group_permissions granted USING (group_id)
            JOIN auth_permission permission ON permission.id = granted.permission_id
            WHERE membership.user_id = person.id
              AND permission.codename = 'approve_servicechange'))
    ) THEN
        RAISE EXCEPTION 'this person may not approve changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER notices_approval_is_guarded BEFORE INSERT ON notices_approval
    FOR EACH ROW EXECUTE FUNCTION notices_guard_approval();
"""

# One row per account of an approved change. `moment` is NULL until somebody of the
# account has been told through a channel that counts: no proof, no effect. Told on local
# day D with a lead of N days, an account may feel it from 00:00 of day D + N + 1.
GATE = """
CREATE VIEW notices_gate AS
SELECT
    change.uuid AS change,
    concerned.account_id,
    CASE
        WHEN change.at_once THEN greatest(change.effective_at, approval.recorded_at)
        WHEN told.at IS NULL THEN NULL
        ELSE greatest(
            change.effective_at,
            ((told.at AT TIME ZONE account.time_zone)::date + policy.lead_days + 1)::timestamp
                AT TIME ZONE account.time_zone)
    END AS moment
FROM notices_servicechange change
JOIN notices_proposal proposal ON proposal.id =
    (SELECT max(id) FROM notices_proposal newest WHERE newest.change_id = change.id)
JOIN notices_approval approval ON approval.proposal_id = proposal.id
JOIN notices_concernedaccount concerned ON concerned.change_id = change.id
JOIN accounts_account account ON account.id = concerned.account_id
JOIN notices_leadpolicy policy ON policy.id = change.lead_policy_id
LEFT JOIN LATERAL (
    SELECT min(outcome.recorded_at) AS at
    FROM notices_noticeaccount about
    JOIN notices_notice notice ON notice.id = about.notice_id
    JOIN notices_expansion expansion ON expansion.id = notice.expansion_id
    JOIN notices_delivery delivery ON delivery.notice_id = notice.id
    JOIN notices_attempt attempt ON attempt.delivery_id = delivery.id
    JOIN notices_outcome outcome ON outcome.attempt_id = attempt.id
    WHERE about.account_id = concerned.account_id
      AND expansion.change_id = change.id
      AND expansion.phase = 'announced'
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


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0001_changes_notices_deliveries"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        *[append_only(table) for table in EVIDENCE],
        *[never_deleted(table) for table in KEPT],
        migrations.RunSQL(DIGEST, "DROP FUNCTION notices_change_digest(bigint);"),
        migrations.RunSQL(
            CHANGE_GUARD,
            "DROP TRIGGER notices_change_is_guarded ON notices_servicechange;"
            "DROP FUNCTION notices_guard_change();",
        ),
        migrations.RunSQL(
            CONTENTS_GUARD,
            "GRANT UPDATE ON notices_concernedaccount, notices_servicechange_templates"
            " TO apiqik_app;"
            "DROP TRIGGER notices_pinned_leaves_a_draft ON notices_servicechange_templates;"
            "DROP TRIGGER notices_pinned_joins_a_draft ON notices_servicechange_templates;"
            "DROP FUNCTION notices_guard_pinned();"
            "DROP TRIGGER notices_concerned_leaves_a_draft ON notices_concernedaccount;"
            "DROP TRIGGER notices_concerned_joins_a_draft ON notices_concernedaccount;"
            "DROP FUNCTION notices_guard_concerned();",
        ),
        migrations.RunSQL(
            PROPOSAL_GUARD,
            "DROP TRIGGER notices_proposal_is_guarded ON notices_proposal;"
            "DROP FUNCTION notices_guard_proposal();",
        ),
        migrations.RunSQL(
            APPROVAL_GUARD,
            "DROP TRIGGER notices_approval_is_guarded ON notices_approval;"
            "DROP FUNCTION notices_guard_approval();",
        ),
        migrations.RunSQL(
            GATE, "DROP FUNCTION earliest_effect(uuid, bigint); DROP VIEW notices_gate;"
        ),
        migrations.RunSQL(PERMITS, PERMITS_REVERSE),
    ]
