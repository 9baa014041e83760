"""What people and jobs may do to a change, kept by the database.

`notices_change_digest` says what a change contains; the guards keep it fixed once
proposed, keep its state on its path, want a second person, let people be told only when
there is something to tell, and keep a delivery what it was sent as.
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
    IF NEW.state <> 'draft' AND
       (NEW.kind, NEW.title_zh_hans, NEW.title_en, NEW.reason_zh_hans, NEW.reason_en,
        NEW.service_id, NEW.clause_id, NEW.effective_at, NEW.ends_at, NEW.at_once,
        NEW.grounds, NEW.lead_policy_id)
       IS DISTINCT FROM
       (OLD.kind, OLD.title_zh_hans, OLD.title_en, OLD.reason_zh_hans, OLD.reason_en,
        OLD.service_id, OLD.clause_id, OLD.effective_at, OLD.ends_at, OLD.at_once,
        OLD.grounds, OLD.lead_policy_id) THEN
        RAISE EXCEPTION 'a change is edited as a draft only' USING ERRCODE = 'check_violation';
    END IF;

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


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0001_changes_notices_deliveries"),
        ("accounts", "0005_identities_stay"),
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
        migrations.RunSQL(PROPOSAL_NUMBER, PROPOSAL_NUMBER_REVERSE),
        migrations.RunSQL(
            APPROVAL_GUARD,
            "DROP TRIGGER notices_approval_is_guarded ON notices_approval;"
            "DROP FUNCTION notices_guard_approval();",
        ),
        migrations.RunSQL(EXPANSION_GUARD, EXPANSION_GUARD_REVERSE),
        migrations.RunSQL(DELIVERIES, DELIVERIES_REVERSE),
        migrations.RunSQL(ZONE, ZONE_REVERSE),
    ]
