"""What the database refuses about decisions, whoever asks and however.

- A decision is written while its case is being looked into, by somebody who may propose,
  on the newest version of its policy, for an action that this version allows; its two
  hashes are the database's. At the end of the transaction the case waits for approval.
- A second person who may approve agrees to exactly that, while the subject is as it was:
  `compliance_subject_digest` says what "as it was" means. The case and the account are
  locked, so of two at once the second finds what the first did.
- What a decision brings about names an approved decision and goes no further than it.
- An appeal is the customer's, in time, once; whoever decides it had no part before.
"""

from django.db import migrations

# Everybody the guards ask about: active staff, by group or as a superuser.
MAY = """
CREATE FUNCTION compliance_may(person bigint, wanted text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM accounts_user staff
        WHERE staff.id = person AND staff.is_active AND staff.is_staff
          AND (staff.is_superuser OR EXISTS (
            SELECT FROM accounts_user_groups membership
            JOIN auth_group_permissions granted USING (group_id)
            JOIN auth_permission permission ON permission.id = granted.permission_id
            JOIN django_content_type about ON about.id = permission.content_type_id
            WHERE membership.user_id = staff.id AND about.app_label = 'compliance'
              AND permission.codename = wanted)))
$$;
"""

# What an approver must have seen. Expired and lifted restrictions, undone decisions and
# strikes that no longer count are not part of it; money is when money is put aside.
SUBJECT = """
CREATE FUNCTION compliance_subject_digest(of_case bigint, of_account bigint, with_money boolean)
RETURNS text LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT encode(sha256(convert_to(jsonb_build_object(
        'account', (SELECT jsonb_build_array(account.kind, account.name)
            FROM accounts_account account WHERE account.id = of_account),
        'members', (SELECT count(*) FROM accounts_membership WHERE account_id = of_account),
        'restrictions', (SELECT jsonb_agg(restriction.id ORDER BY restriction.id)
            FROM accounts_restriction restriction
            WHERE restriction.account_id = of_account
              AND (restriction.ends_at IS NULL OR restriction.ends_at > common_now())
              AND NOT EXISTS (SELECT FROM accounts_lifting lifting
                              WHERE lifting.restriction_id = restriction.id)),
        'decisions', (SELECT jsonb_agg(standing.id ORDER BY standing.id)
            FROM compliance_decision standing
            JOIN compliance_decisionapproval approval ON approval.decision_id = standing.id
            WHERE standing.account_id = of_account
              AND NOT EXISTS (SELECT FROM compliance_decisionreversal reversal
                              WHERE reversal.decision_id = standing.id)),
        'strikes', (SELECT jsonb_agg(strike.id ORDER BY strike.id)
            FROM compliance_strike strike
            WHERE strike.account_id = of_account AND strike.expires_at > common_now()
              AND NOT EXISTS (SELECT FROM compliance_decisionreversal reversal
                              WHERE reversal.decision_id = strike.decision_id)),
        'held', CASE WHEN with_money THEN (
            SELECT wallet.held_paid + wallet.held_granted
            FROM billing_wallet wallet WHERE wallet.account_id = of_account) END,
        'evidence', (SELECT jsonb_agg(evidence.id ORDER BY evidence.id)
            FROM compliance_evidence evidence WHERE evidence.case_id = of_case),
        'answers', (SELECT jsonb_agg(answer.id ORDER BY answer.id)
            FROM compliance_inquiryanswer answer
            JOIN compliance_inquiry inquiry ON inquiry.id = answer.inquiry_id
            WHERE inquiry.case_id = of_case),
        'reports', (SELECT jsonb_agg(report.id ORDER BY report.id)
            FROM compliance_report report WHERE report.case_id = of_case)
    )::text, 'UTF8')), 'hex')
$$;
"""

DIGEST = """
CREATE FUNCTION compliance_decision_digest(decided compliance_decision) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp
AS $$
    SELECT encode(sha256(convert_to(jsonb_build_object(
        'decision', decided.public_id, 'case', decided.case_id, 'account', decided.account_id,
        'policy_version', decided.policy_version_id,
        'clauses', jsonb_build_array(decided.clause_id, decided.clause_at_conduct_id),
        'facts', jsonb_build_array(decided.facts_zh_hans, decided.facts_en),
        'reasons', jsonb_build_array(decided.reasons_zh_hans, decided.reasons_en),
        'action', decided.action,
        'scope', jsonb_build_array(decided.service_id, decided.model_id, decided.region_id,
                                   decided.api_key_ids),
        'limits', decided.limits, 'order', decided."order", 'amount', decided.amount,
        'days', decided.days,
        'at_once', decided.at_once, 'grounds', decided.grounds,
        'strike_points', decided.strike_points, 'supersedes', decided.supersedes_id,
        'proposed_by', decided.proposed_by_id, 'subject', decided.subject_digest
    )::text, 'UTF8')), 'hex')
$$;
"""

# Of a scope only what can be narrowed; of terms only what ends.
SHAPE = """
ALTER TABLE compliance_decision ADD CONSTRAINT compliance_decision_scope_fits CHECK (
    (action IN ('rate_limit', 'partial_suspension', 'output_restriction')
     OR (service_id IS NULL AND model_id IS NULL AND region_id IS NULL
         AND api_key_ids = '[]'::jsonb))
    AND (action <> 'partial_suspension' OR service_id IS NOT NULL OR model_id IS NOT NULL
         OR region_id IS NOT NULL OR api_key_ids <> '[]'::jsonb)
    AND jsonb_typeof(api_key_ids) = 'array'
    AND NOT jsonb_path_exists(api_key_ids, '$[*] ? (@.type() != "number")'));
ALTER TABLE compliance_decision ADD CONSTRAINT compliance_decision_limits_iff_limit CHECK (
    (action = 'rate_limit') = (limits <> '{}'::jsonb));
ALTER TABLE compliance_decision ADD CONSTRAINT compliance_decision_order_iff_ordered CHECK (
    (action = 'content_order') = ("order" <> '{}'::jsonb));
ALTER TABLE compliance_decision ADD CONSTRAINT compliance_decision_term_fits CHECK (
    days IS NULL OR (days > 0 AND action IN
        ('rate_limit', 'partial_suspension', 'output_restriction', 'suspension')));
ALTER TABLE compliance_decision ADD CONSTRAINT compliance_decision_acts_on_an_account CHECK (
    action = 'none' OR account_id IS NOT NULL);
"""
SHAPE_REVERSE = """
ALTER TABLE compliance_decision DROP CONSTRAINT compliance_decision_acts_on_an_account;
ALTER TABLE compliance_decision DROP CONSTRAINT compliance_decision_term_fits;
ALTER TABLE compliance_decision DROP CONSTRAINT compliance_decision_order_iff_ordered;
ALTER TABLE compliance_decision DROP CONSTRAINT compliance_decision_limits_iff_limit;
ALTER TABLE compliance_decision DROP CONSTRAINT compliance_decision_scope_fits;
"""

# Nobody chooses a number: the newest decision of a case is the one with the highest.
DECISION = """
CREATE FUNCTION compliance_guard_decision() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    about compliance_case;
    version compliance_policyversion;
    policy compliance_policy;
    before compliance_decision;
BEGIN
    SELECT * INTO about FROM compliance_case WHERE id = NEW.case_id FOR UPDATE;
    IF about.state IS DISTINCT FROM 'investigating' THEN
        RAISE EXCEPTION 'a decision is proposed while its case is being looked into'
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT * INTO version FROM compliance_policyversion WHERE id = NEW.policy_version_id;
    SELECT * INTO policy FROM compliance_policy WHERE id = version.policy_id;
    IF version.number <> (SELECT max(number) FROM compliance_policyversion
                          WHERE policy_id = policy.id) THEN
        RAISE EXCEPTION 'a decision cites the newest version of its policy'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.action <> ALL (version.allowed_actions) THEN
        RAISE EXCEPTION 'the policy does not allow this action' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT compliance_may(NEW.proposed_by_id, 'propose_decision')
       OR (policy.supervisors_only AND NOT compliance_may(NEW.proposed_by_id, 'approve_decision'))
    THEN
        RAISE EXCEPTION 'this person may not propose this decision'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.account_id IS NOT NULL
       AND NEW.account_id IS DISTINCT FROM about.account_id
       AND NEW.account_id IS DISTINCT FROM about.opponent_id
       AND NOT EXISTS (SELECT FROM accounts_account account
                       WHERE account.id = NEW.account_id AND account.holder_id = about.person_id)
    THEN
        RAISE EXCEPTION 'the account has no part in the case' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM jsonb_array_elements_text(NEW.api_key_ids) named (id)
               WHERE NOT EXISTS (SELECT FROM accounts_apikey key
                                 WHERE key.id = named.id::bigint
                                   AND key.account_id = NEW.account_id)) THEN
        RAISE EXCEPTION 'a key is not of the account' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.supersedes_id IS NOT NULL THEN
        SELECT * INTO before FROM compliance_decision WHERE id = NEW.supersedes_id;
        IF before.account_id IS DISTINCT FROM NEW.account_id
           OR NOT EXISTS (SELECT FROM compliance_decisionapproval WHERE decision_id = before.id)
           OR NOT compliance_is_replaceable(before.id) THEN
            RAISE EXCEPTION 'only a decision that stands about this account is superseded'
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    NEW.id := nextval(pg_get_serial_sequence('compliance_decision', 'id'));
    NEW.strike_points := CASE WHEN NEW.action = 'none' THEN 0 ELSE version.strike_points END;
    NEW.subject_digest := compliance_subject_digest(
        NEW.case_id, NEW.account_id, NEW.action = 'ledger_hold');
    NEW.digest := compliance_decision_digest(NEW);
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_decision_is_guarded BEFORE INSERT ON compliance_decision
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_decision();
"""
DECISION_REVERSE = """
DROP TRIGGER compliance_decision_is_guarded ON compliance_decision;
DROP FUNCTION compliance_guard_decision();
"""

# It stands, or an appeal undid it so that another takes its place, and none has yet.
REPLACEABLE = """
CREATE FUNCTION compliance_is_replaceable(decided bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT NOT EXISTS (
            SELECT FROM compliance_decision later
            JOIN compliance_decisionapproval approval ON approval.decision_id = later.id
            WHERE later.supersedes_id = decided)
       AND NOT EXISTS (
            SELECT FROM compliance_decisionreversal reversal
            LEFT JOIN compliance_appealdecision answer ON answer.appeal_id = reversal.appeal_id
            WHERE reversal.decision_id = decided AND answer.result IS DISTINCT FROM 'varied')
$$;
"""

# Locks the case, and answers for the newest decision only while it waits.
WAITING = """
CREATE FUNCTION compliance_waiting_decision(wanted bigint) RETURNS compliance_decision
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    decided compliance_decision;
    about compliance_case;
BEGIN
    SELECT * INTO decided FROM compliance_decision WHERE id = wanted;
    SELECT * INTO about FROM compliance_case WHERE id = decided.case_id FOR UPDATE;
    IF about.state IS DISTINCT FROM 'proposed'
       OR decided.id <> (SELECT max(id) FROM compliance_decision WHERE case_id = about.id)
       OR EXISTS (SELECT FROM compliance_decisionapproval WHERE decision_id = decided.id)
       OR EXISTS (SELECT FROM compliance_decisionrejection WHERE decision_id = decided.id) THEN
        RAISE EXCEPTION 'this decision is not waiting for approval'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN decided;
END
$$;
"""

APPROVAL = """
CREATE FUNCTION compliance_guard_approval() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    decided compliance_decision;
BEGIN
    decided := compliance_waiting_decision(NEW.decision_id);
    -- Two cases of one account take turns: the second sees what the first decided.
    PERFORM 1 FROM accounts_account WHERE id = decided.account_id FOR NO KEY UPDATE;
    IF NEW.approved_by_id = decided.proposed_by_id THEN
        RAISE EXCEPTION 'nobody approves their own decision' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT compliance_may(NEW.approved_by_id, 'approve_decision') THEN
        RAISE EXCEPTION 'this person may not approve decisions' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.digest <> decided.digest OR decided.digest <> compliance_decision_digest(decided) THEN
        RAISE EXCEPTION 'the decision is not what was proposed' USING ERRCODE = 'check_violation';
    END IF;
    IF decided.subject_digest <> compliance_subject_digest(
        decided.case_id, decided.account_id, decided.action = 'ledger_hold') THEN
        RAISE EXCEPTION 'the subject is not as it was when this was proposed'
            USING ERRCODE = 'check_violation';
    END IF;
    IF decided.supersedes_id IS NOT NULL
       AND NOT compliance_is_replaceable(decided.supersedes_id) THEN
        RAISE EXCEPTION 'what this would supersede stands no more'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_decisionapproval_is_guarded BEFORE INSERT ON compliance_decisionapproval
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_approval();
"""
APPROVAL_REVERSE = """
DROP TRIGGER compliance_decisionapproval_is_guarded ON compliance_decisionapproval;
DROP FUNCTION compliance_guard_approval();
"""

REJECTION = """
CREATE FUNCTION compliance_guard_rejection() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    decided compliance_decision;
BEGIN
    decided := compliance_waiting_decision(NEW.decision_id);
    IF NEW.rejected_by_id <> decided.proposed_by_id
       AND NOT compliance_may(NEW.rejected_by_id, 'approve_decision') THEN
        RAISE EXCEPTION 'this person may not send decisions back'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_decisionrejection_is_guarded
    BEFORE INSERT ON compliance_decisionrejection
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_rejection();
"""
REJECTION_REVERSE = """
DROP TRIGGER compliance_decisionrejection_is_guarded ON compliance_decisionrejection;
DROP FUNCTION compliance_guard_rejection();
"""

# The state of a case goes along with its newest decision: at the moment of the step, and
# at the end of the transaction that wrote a decision, an approval or a rejection.
STATE = """
CREATE FUNCTION compliance_stage_of(of_case bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT CASE
        WHEN EXISTS (SELECT FROM compliance_decisionapproval WHERE decision_id = newest.id)
            THEN 'approved'
        WHEN EXISTS (SELECT FROM compliance_decisionrejection WHERE decision_id = newest.id)
            THEN 'rejected'
        ELSE 'waiting' END
    FROM compliance_decision newest
    WHERE newest.id = (SELECT max(id) FROM compliance_decision WHERE case_id = of_case)
$$;
CREATE FUNCTION compliance_guard_decided_case() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF (NEW.state = 'proposed' AND compliance_stage_of(NEW.id) IS DISTINCT FROM 'waiting')
       OR (NEW.state = 'decided' AND compliance_stage_of(NEW.id) IS DISTINCT FROM 'approved')
       OR (OLD.state = 'proposed' AND NEW.state = 'investigating'
           AND compliance_stage_of(NEW.id) IS DISTINCT FROM 'rejected') THEN
        RAISE EXCEPTION 'a case goes to % with a decision that says so', NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_case_is_decided BEFORE UPDATE ON compliance_case
    FOR EACH ROW WHEN (NEW.state IS DISTINCT FROM OLD.state)
    EXECUTE FUNCTION compliance_guard_decided_case();
CREATE FUNCTION compliance_check_decided_case() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    about compliance_case;
BEGIN
    IF TG_TABLE_NAME = 'compliance_decision' THEN
        SELECT * INTO about FROM compliance_case WHERE id = NEW.case_id;
    ELSE
        SELECT held.* INTO about FROM compliance_case held
        JOIN compliance_decision decided ON decided.case_id = held.id
        WHERE decided.id = NEW.decision_id;
        IF TG_TABLE_NAME = 'compliance_decisionapproval' AND NOT EXISTS (
            SELECT FROM compliance_decisioneffect WHERE decision_id = NEW.decision_id) THEN
            RAISE EXCEPTION 'what is approved is put into effect with it'
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF (about.state = 'proposed') <> (compliance_stage_of(about.id) = 'waiting') THEN
        RAISE EXCEPTION 'the case does not go along with its decision'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER compliance_decision_moves_its_case
    AFTER INSERT ON compliance_decision DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION compliance_check_decided_case();
CREATE CONSTRAINT TRIGGER compliance_decisionapproval_moves_its_case
    AFTER INSERT ON compliance_decisionapproval DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION compliance_check_decided_case();
CREATE CONSTRAINT TRIGGER compliance_decisionrejection_moves_its_case
    AFTER INSERT ON compliance_decisionrejection DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION compliance_check_decided_case();
"""
STATE_REVERSE = """
DROP TRIGGER compliance_decisionrejection_moves_its_case ON compliance_decisionrejection;
DROP TRIGGER compliance_decisionapproval_moves_its_case ON compliance_decisionapproval;
DROP TRIGGER compliance_decision_moves_its_case ON compliance_decision;
DROP FUNCTION compliance_check_decided_case();
DROP TRIGGER compliance_case_is_decided ON compliance_case;
DROP FUNCTION compliance_guard_decided_case();
DROP FUNCTION compliance_stage_of(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0040_superseding"),
        ("notices", "0019_decisions_in_cases"),
        ("billing", "0015_payment_guards"),
        ("accounts", "0022_output_block_checked"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RunSQL(MAY, "DROP FUNCTION compliance_may(bigint, text);"),
        migrations.RunSQL(
            SUBJECT, "DROP FUNCTION compliance_subject_digest(bigint, bigint, boolean);"
        ),
        migrations.RunSQL(DIGEST, "DROP FUNCTION compliance_decision_digest(compliance_decision);"),
        migrations.RunSQL(SHAPE, SHAPE_REVERSE),
        migrations.RunSQL(REPLACEABLE, "DROP FUNCTION compliance_is_replaceable(bigint);"),
        migrations.RunSQL(DECISION, DECISION_REVERSE),
        migrations.RunSQL(WAITING, "DROP FUNCTION compliance_waiting_decision(bigint);"),
        migrations.RunSQL(APPROVAL, APPROVAL_REVERSE),
        migrations.RunSQL(REJECTION, REJECTION_REVERSE),
        migrations.RunSQL(STATE, STATE_REVERSE),
    ]
