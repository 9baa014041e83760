"""What the database refuses about cases: final records changed, steps that do not exist.

Guards of decisions, evidence and appeals come with their own migrations.
"""

from django.db import migrations

from common.sql import append_only, never_deleted

FINAL = [
    "caselink",
    "casenote",
    "clockentry",
    "decisioneffect",
    "decisionrejection",
    "decisionreversal",
    "evidencegrant",
    "evidencegrantrequest",
    "evidenceview",
    "inquiry",
    "inquiryanswer",
    "interactiongrant",
    "interactiongrantend",
    "policybinding",
    "policyversion",
    "reportoutcome",
    "strike",
]
SEALED = [
    "appeal",
    "appealdecision",
    "caseevent",
    "contentorder",
    "contentorderreceipt",
    "decision",
    "decisionapproval",
    "deletioncertificate",
    "evidence",
    "report",
    "statement",
]
KEPT = ["case", "casetask", "evidencecontent", "policy"]

POLICY_VERSION = """
ALTER TABLE compliance_policyversion ADD CONSTRAINT compliance_policyversion_default_is_allowed
    CHECK (default_action = ANY (allowed_actions));
"""
POLICY_VERSION_REVERSE = """
ALTER TABLE compliance_policyversion DROP CONSTRAINT compliance_policyversion_default_is_allowed;
"""

# The subject of a case and its kind are what it was opened for; `compliance.models.cases`
# has the same steps in Python (compared by tests/compliance/test_cases.py).
STEPS = """
CREATE FUNCTION compliance_case_step(was text, becomes text) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT (was, becomes) IN (
        ('new', 'triaged'), ('new', 'investigating'), ('new', 'closed'),
        ('triaged', 'investigating'), ('triaged', 'closed'),
        ('investigating', 'waiting'), ('investigating', 'proposed'), ('investigating', 'closed'),
        ('waiting', 'investigating'),
        ('proposed', 'investigating'), ('proposed', 'decided'),
        ('decided', 'closed'), ('decided', 'investigating'),
        ('closed', 'investigating'))
$$;
CREATE FUNCTION compliance_guard_case() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'new' THEN
            RAISE EXCEPTION 'a case begins new' USING ERRCODE = 'check_violation';
        END IF;
        NEW.opened_at := common_now();
        NEW.state_since := NEW.opened_at;
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state THEN
        IF NOT compliance_case_step(OLD.state, NEW.state) THEN
            RAISE EXCEPTION 'a case does not go from % to %', OLD.state, NEW.state
                USING ERRCODE = 'check_violation';
        END IF;
        NEW.state_since := common_now();
        NEW.closed_at := CASE WHEN NEW.state = 'closed' THEN common_now() END;
    ELSIF NEW.closed_at IS DISTINCT FROM OLD.closed_at
          OR NEW.state_since IS DISTINCT FROM OLD.state_since THEN
        RAISE EXCEPTION 'when a case was closed is stamped by the database'
            USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.kind, NEW.account_id, NEW.person_id, NEW.subject_key, NEW.opened_at, NEW.opened_by_id,
        NEW.public_id) IS DISTINCT FROM
       (OLD.kind, OLD.account_id, OLD.person_id, OLD.subject_key, OLD.opened_at, OLD.opened_by_id,
        OLD.public_id) THEN
        RAISE EXCEPTION 'what a case is about does not change: open another and link them'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_case_is_guarded BEFORE INSERT OR UPDATE ON compliance_case
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_case();
"""
STEPS_REVERSE = """
DROP TRIGGER compliance_case_is_guarded ON compliance_case;
DROP FUNCTION compliance_guard_case();
DROP FUNCTION compliance_case_step(text, text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0001_cases_decisions_appeals"),
        ("common", "0002_seals"),
    ]

    operations = [
        *(append_only(f"compliance_{name}") for name in FINAL),
        *(append_only(f"compliance_{name}", stamp="common_stamp_transaction") for name in SEALED),
        *(never_deleted(f"compliance_{name}") for name in KEPT),
        migrations.RunSQL(POLICY_VERSION, POLICY_VERSION_REVERSE),
        migrations.RunSQL(STEPS, STEPS_REVERSE),
    ]
