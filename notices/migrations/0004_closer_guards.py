"""The gate, closed against raw SQL by the app role as well.

An approval covers the contents it was given for and no later ones; people are told of a
change only in the states where there is something to tell; a delivery stays what it was
sent as; no move to another time zone makes the effect come sooner; and a restriction
reaches no further than the change it carries out.
"""

from importlib import import_module

from django.db import migrations, models

gate = import_module("notices.migrations.0002_gate")

WAITS_WITH = """
    IF NEW.state = 'proposed' AND OLD.state <> 'proposed' AND NOT EXISTS (
        SELECT 1 FROM notices_proposal proposal
        WHERE proposal.id = (SELECT max(id) FROM notices_proposal WHERE change_id = NEW.id)
          AND proposal.digest = notices_change_digest(NEW.id)
          AND NOT EXISTS (SELECT 1 FROM notices_approval WHERE proposal_id = proposal.id)
          AND NOT EXISTS (SELECT 1 FROM notices_rejection WHERE proposal_id = proposal.id)
    ) THEN
        RAISE EXCEPTION 'a proposed change waits with a proposal of these contents'
            USING ERRCODE = 'check_violation';
    END IF;
"""
CHANGE_GUARD = (
    gate.CHANGE_GUARD.partition("CREATE TRIGGER")[0]
    .replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    # On its way out of a draft, too: the contents are pinned already.
    .replace("IF OLD.state <> 'draft' AND NEW.state <> 'draft' AND", "IF NEW.state <> 'draft' AND")
    .replace("    IF NEW.state = 'approved'", f"{WAITS_WITH}    IF NEW.state = 'approved'")
)
CHANGE_GUARD_REVERSE = gate.CHANGE_GUARD.partition("CREATE TRIGGER")[0].replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)

# The newest proposal is the one with the highest number, so nobody chooses a number.
PROPOSAL_NUMBER = """
CREATE FUNCTION notices_number_proposal() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.id := nextval(pg_get_serial_sequence('notices_proposal', 'id'));
    RETURN NEW;
END
$$;
CREATE TRIGGER notices_proposal_is_numbered BEFORE INSERT ON notices_proposal
    FOR EACH ROW EXECUTE FUNCTION notices_number_proposal();
"""
PROPOSAL_NUMBER_REVERSE = """
DROP TRIGGER notices_proposal_is_numbered ON notices_proposal;
DROP FUNCTION notices_number_proposal();
"""

EXPANSION_GUARD = """
CREATE FUNCTION notices_guard_expansion() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM 1 FROM notices_servicechange change
    WHERE change.id = NEW.change_id AND CASE NEW.phase
        WHEN 'announced' THEN change.state IN
            ('approved', 'announcing', 'announced', 'taking_effect') AND NOT change.at_once
        WHEN 'in_effect' THEN change.state IN ('taking_effect', 'complete')
        ELSE change.state = NEW.phase
    END FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the change is not in a state to be told of (%)', NEW.phase
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER notices_expansion_is_guarded BEFORE INSERT ON notices_expansion
    FOR EACH ROW EXECUTE FUNCTION notices_guard_expansion();
"""
EXPANSION_GUARD_REVERSE = """
DROP TRIGGER notices_expansion_is_guarded ON notices_expansion;
DROP FUNCTION notices_guard_expansion();
"""

DELIVERIES = """
REVOKE UPDATE ON notices_delivery FROM apiqik_app;
GRANT UPDATE (state, tries, not_before, fence, lease_until) ON notices_delivery TO apiqik_app;
"""
DELIVERIES_REVERSE = """
REVOKE UPDATE (state, tries, not_before, fence, lease_until) ON notices_delivery FROM apiqik_app;
GRANT UPDATE ON notices_delivery TO apiqik_app;
"""

ZONE = """
ALTER TABLE notices_noticeaccount DISABLE TRIGGER notices_noticeaccount_is_final;
UPDATE notices_noticeaccount about SET time_zone = account.time_zone
    FROM accounts_account account WHERE account.id = about.account_id;
ALTER TABLE notices_noticeaccount ENABLE TRIGGER notices_noticeaccount_is_final;
CREATE FUNCTION notices_keep_time_zone() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.time_zone := (SELECT time_zone FROM accounts_account WHERE id = NEW.account_id);
    RETURN NEW;
END
$$;
CREATE TRIGGER notices_noticeaccount_keeps_zone BEFORE INSERT ON notices_noticeaccount
    FOR EACH ROW EXECUTE FUNCTION notices_keep_time_zone();
"""
ZONE_REVERSE = """
DROP TRIGGER notices_noticeaccount_keeps_zone ON notices_noticeaccount;
DROP FUNCTION notices_keep_time_zone();
"""

# What was told before the approval was told of something else. Days are counted where the
# account was when told and where it is now; the later moment holds.
VIEW = """
CREATE OR REPLACE VIEW notices_gate AS
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
"""
VIEW_REVERSE = gate.GATE.partition("CREATE FUNCTION")[0].replace(
    "CREATE VIEW", "CREATE OR REPLACE VIEW"
)

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
    dependencies = [
        ("notices", "0003_first_texts_and_policy"),
        ("accounts", "0005_identities_stay"),
    ]

    operations = [
        migrations.RunSQL(CHANGE_GUARD, CHANGE_GUARD_REVERSE),
        migrations.RunSQL(PROPOSAL_NUMBER, PROPOSAL_NUMBER_REVERSE),
        migrations.RunSQL(EXPANSION_GUARD, EXPANSION_GUARD_REVERSE),
        migrations.RunSQL(DELIVERIES, DELIVERIES_REVERSE),
        migrations.AddField(
            model_name="noticeaccount",
            name="time_zone",
            field=models.CharField(
                default="", editable=False, max_length=64, verbose_name="time zone"
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(ZONE, ZONE_REVERSE),
        migrations.RunSQL(VIEW, VIEW_REVERSE),
        migrations.RunSQL(RESTRICTIONS, RESTRICTIONS_REVERSE),
    ]
