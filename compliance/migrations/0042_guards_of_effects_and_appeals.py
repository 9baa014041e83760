"""What follows from a decision follows from an approved one, and goes no further than it;
appeals come from the customer, in time, and are answered by somebody who had no part."""

from django.db import migrations

# The kind of service change that carries an action out; NULL: none does.
KIND_OF = """
CREATE FUNCTION compliance_kind_of(action text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE action
        WHEN 'suspension' THEN 'suspension' WHEN 'partial_suspension' THEN 'suspension'
        WHEN 'rate_limit' THEN 'usage_limit'
        WHEN 'output_restriction' THEN 'output_restriction'
        WHEN 'termination' THEN 'termination'
        WHEN 'permanent_disabling' THEN 'permanent_disabling'
        WHEN 'none' THEN NULL
        ELSE 'case_decision' END
$$;
"""

EFFECT = """
CREATE FUNCTION compliance_guard_effect() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    decided compliance_decision;
    approved compliance_decisionapproval;
BEGIN
    SELECT * INTO decided FROM compliance_decision WHERE id = NEW.decision_id;
    SELECT * INTO approved FROM compliance_decisionapproval WHERE decision_id = NEW.decision_id;
    IF approved.id IS NULL THEN
        RAISE EXCEPTION 'only an approved decision is put into effect'
            USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.change_id IS NULL) <> (compliance_kind_of(decided.action) IS NULL)
       OR (NEW.journal_id IS NULL) <> (decided.action <> 'ledger_hold') THEN
        RAISE EXCEPTION 'the effect is not that of the decision' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.change_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM notices_servicechange change
        JOIN notices_proposal proposal ON proposal.change_id = change.id
        JOIN notices_approval agreed ON agreed.proposal_id = proposal.id
        WHERE change.id = NEW.change_id
          AND change.kind = compliance_kind_of(decided.action)
          AND change.clause_id = decided.clause_id
          AND change.service_id IS NOT DISTINCT FROM decided.service_id
          AND change.model_id IS NOT DISTINCT FROM decided.model_id
          AND change.region_id IS NOT DISTINCT FROM decided.region_id
          AND change.limits = decided.limits
          AND (change.kind = 'case_decision' OR change.at_once = decided.at_once)
          AND (change.ends_at IS NULL) = (decided.days IS NULL)
          AND (decided.days IS NULL
               OR change.ends_at = change.effective_at + make_interval(hours => 24 * decided.days))
          AND change.audience = 'chosen'
          AND proposal.proposed_by_id = decided.proposed_by_id
          AND agreed.approved_by_id = approved.approved_by_id
          AND (SELECT array_agg(concerned.account_id) FROM notices_concernedaccount concerned
               WHERE concerned.change_id = change.id) = ARRAY[decided.account_id]
          AND coalesce((SELECT jsonb_agg(named.api_key_id ORDER BY named.api_key_id)
               FROM notices_concernedkey named WHERE named.change_id = change.id), '[]'::jsonb)
              = decided.api_key_ids
    ) THEN
        RAISE EXCEPTION 'the change is not what was decided' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.journal_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM billing_journal journal
        WHERE journal.id = NEW.journal_id AND journal.kind = 'hold'
          AND journal.account_id = decided.account_id
          AND (SELECT sum(entry.amount) FROM billing_entry entry
               WHERE entry.journal_id = journal.id AND entry.amount > 0) = decided.amount
    ) THEN
        RAISE EXCEPTION 'the money put aside is not what was decided'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_decisioneffect_is_guarded BEFORE INSERT ON compliance_decisioneffect
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_effect();
"""
EFFECT_REVERSE = """
DROP TRIGGER compliance_decisioneffect_is_guarded ON compliance_decisioneffect;
DROP FUNCTION compliance_guard_effect();
"""

REVERSAL = """
CREATE FUNCTION compliance_guard_reversal() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM compliance_decisionapproval
                   WHERE decision_id = NEW.decision_id) THEN
        RAISE EXCEPTION 'only an approved decision is undone' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.appeal_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM compliance_appeal appeal
        JOIN compliance_appealdecision answer ON answer.appeal_id = appeal.id
        WHERE appeal.id = NEW.appeal_id AND appeal.decision_id = NEW.decision_id
          AND answer.result IN ('overturned', 'varied')
          AND answer.decided_by_id = NEW.reversed_by_id) THEN
        RAISE EXCEPTION 'no appeal undid this decision' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.appeal_id IS NULL AND NOT EXISTS (
        SELECT FROM compliance_decision later
        JOIN compliance_decisionapproval approval ON approval.decision_id = later.id
        WHERE later.supersedes_id = NEW.decision_id
          AND approval.approved_by_id = NEW.reversed_by_id) THEN
        RAISE EXCEPTION 'a decision is undone on appeal or by the one that supersedes it'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_decisionreversal_is_guarded BEFORE INSERT ON compliance_decisionreversal
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_reversal();
"""
REVERSAL_REVERSE = """
DROP TRIGGER compliance_decisionreversal_is_guarded ON compliance_decisionreversal;
DROP FUNCTION compliance_guard_reversal();
"""

# The platform is told to do what was decided, and may be told again; nothing else.
ORDER = """
CREATE FUNCTION compliance_guard_decided_order() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM compliance_decision decided
        JOIN compliance_decisionapproval approval ON approval.decision_id = decided.id
        WHERE decided.id = NEW.decision_id AND decided.action = 'content_order'
          AND decided."order" ->> 'what' = NEW.what
          AND decided."order" ->> 'target' = NEW.target
          AND NOT EXISTS (SELECT FROM compliance_decisionreversal reversal
                          WHERE reversal.decision_id = decided.id)) THEN
        RAISE EXCEPTION 'the platform is ordered to do what was decided, and nothing else'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_contentorder_is_decided BEFORE INSERT ON compliance_contentorder
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_decided_order();
"""
ORDER_REVERSE = """
DROP TRIGGER compliance_contentorder_is_decided ON compliance_contentorder;
DROP FUNCTION compliance_guard_decided_order();
"""

STRIKE = """
CREATE FUNCTION compliance_guard_strike() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM compliance_decision decided
        JOIN compliance_decisionapproval approval ON approval.decision_id = decided.id
        WHERE decided.id = NEW.decision_id AND decided.account_id = NEW.account_id
          AND decided.strike_points = NEW.points AND NEW.points > 0
          AND NEW.expires_at > common_now()) THEN
        RAISE EXCEPTION 'a strike is of an approved decision, with the points of its policy'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_strike_is_guarded BEFORE INSERT ON compliance_strike
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_strike();
"""
STRIKE_REVERSE = """
DROP TRIGGER compliance_strike_is_guarded ON compliance_strike;
DROP FUNCTION compliance_guard_strike();
"""

STATEMENT = """
CREATE FUNCTION compliance_guard_statement() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM compliance_decisionapproval
                   WHERE decision_id = NEW.decision_id) THEN
        RAISE EXCEPTION 'a statement of reasons is of an approved decision'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.text_sha256 <> encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex')
       OR NEW.pdf_sha256 <> encode(sha256(NEW.pdf), 'hex') THEN
        RAISE EXCEPTION 'a statement is kept with its own hashes'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.appeal_until <= common_now() THEN
        RAISE EXCEPTION 'there is time to appeal' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_statement_is_guarded BEFORE INSERT ON compliance_statement
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_statement();
"""
STATEMENT_REVERSE = """
DROP TRIGGER compliance_statement_is_guarded ON compliance_statement;
DROP FUNCTION compliance_guard_statement();
"""

# The files stay those that were handed in.
APPEAL = """
REVOKE UPDATE, DELETE, TRUNCATE ON compliance_appeal_files FROM apiqik_app;
CREATE FUNCTION compliance_guard_appeal() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    decided compliance_decision;
BEGIN
    IF NEW.decision_id IS NULL THEN
        IF NOT EXISTS (
            SELECT FROM compliance_reportoutcome outcome
            JOIN compliance_report report ON report.id = outcome.report_id
            WHERE outcome.id = NEW.outcome_id AND outcome.verdict = 'not_acted'
              AND report.id = NEW.report_id AND report.case_id = NEW.case_id) THEN
            RAISE EXCEPTION 'a reporter appeals when nothing was done about their report'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO decided FROM compliance_decision WHERE id = NEW.decision_id;
    IF decided.case_id <> NEW.case_id
       OR NOT EXISTS (SELECT FROM compliance_decisionapproval WHERE decision_id = decided.id)
       OR EXISTS (SELECT FROM compliance_decisionreversal WHERE decision_id = decided.id) THEN
        RAISE EXCEPTION 'only a decision that stands is appealed against'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM compliance_statement statement
                   WHERE statement.decision_id = decided.id
                     AND statement.appeal_until > common_now()) THEN
        RAISE EXCEPTION 'the time to appeal is over' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM accounts_membership membership
                   WHERE membership.account_id = decided.account_id
                     AND membership.user_id = NEW.appealed_by_id
                     AND membership.role IN ('owner', 'admin')) THEN
        RAISE EXCEPTION 'owners and administrators of the account appeal'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_appeal_is_guarded BEFORE INSERT ON compliance_appeal
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_appeal();
"""
APPEAL_REVERSE = """
DROP TRIGGER compliance_appeal_is_guarded ON compliance_appeal;
DROP FUNCTION compliance_guard_appeal();
GRANT UPDATE, DELETE ON compliance_appeal_files TO apiqik_app;
"""

# Nobody who proposed or approved what is appealed against, or told the reporter; where a
# reporter appeals, whoever decided anything in the case.
ANSWER = """
CREATE FUNCTION compliance_guard_answer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    appealed compliance_appeal;
BEGIN
    SELECT * INTO appealed FROM compliance_appeal WHERE id = NEW.appeal_id;
    PERFORM 1 FROM compliance_case WHERE id = appealed.case_id FOR UPDATE;
    IF NOT compliance_may(NEW.decided_by_id, 'decide_appeal') THEN
        RAISE EXCEPTION 'this person may not decide appeals' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT FROM compliance_decision decided
        LEFT JOIN compliance_decisionapproval approval ON approval.decision_id = decided.id
        WHERE (decided.id = appealed.decision_id
               OR (appealed.decision_id IS NULL AND decided.case_id = appealed.case_id))
          AND NEW.decided_by_id IN (decided.proposed_by_id, approval.approved_by_id)
    ) OR EXISTS (
        SELECT FROM compliance_reportoutcome outcome
        WHERE outcome.id = appealed.outcome_id AND outcome.told_by_id = NEW.decided_by_id
    ) THEN
        RAISE EXCEPTION 'an appeal is decided by somebody who had no part in the decision'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_appealdecision_is_guarded BEFORE INSERT ON compliance_appealdecision
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_answer();
"""
ANSWER_REVERSE = """
DROP TRIGGER compliance_appealdecision_is_guarded ON compliance_appealdecision;
DROP FUNCTION compliance_guard_answer();
"""


class Migration(migrations.Migration):
    dependencies = [("compliance", "0041_guards_of_decisions")]

    operations = [
        migrations.RunSQL(KIND_OF, "DROP FUNCTION compliance_kind_of(text);"),
        migrations.RunSQL(EFFECT, EFFECT_REVERSE),
        migrations.RunSQL(REVERSAL, REVERSAL_REVERSE),
        migrations.RunSQL(ORDER, ORDER_REVERSE),
        migrations.RunSQL(STRIKE, STRIKE_REVERSE),
        migrations.RunSQL(STATEMENT, STATEMENT_REVERSE),
        migrations.RunSQL(APPEAL, APPEAL_REVERSE),
        migrations.RunSQL(ANSWER, ANSWER_REVERSE),
    ]
