"""A name is cancelled by a decision that is about it, under the change that people were told
of; given back when that change is lifted. The policy on names may say so from here on."""

from django.db import migrations

KIND_OF = """
CREATE OR REPLACE FUNCTION compliance_kind_of(action text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE action
        WHEN 'suspension' THEN 'suspension' WHEN 'partial_suspension' THEN 'suspension'
        WHEN 'rate_limit' THEN 'usage_limit'
        WHEN 'output_restriction' THEN 'output_restriction'
        WHEN 'name_cancellation' THEN 'name_cancellation'
        WHEN 'termination' THEN 'termination'
        WHEN 'permanent_disabling' THEN 'permanent_disabling'
        WHEN 'none' THEN NULL
        ELSE 'case_decision' END
$$;
"""
KIND_OF_REVERSE = KIND_OF.replace("        WHEN 'name_cancellation' THEN 'name_cancellation'\n", "")

# Checked for what comes; rows from before are of other actions.
SHAPE = """
ALTER TABLE compliance_decision DROP CONSTRAINT compliance_decision_order_iff_ordered;
ALTER TABLE compliance_decision ADD CONSTRAINT compliance_decision_order_iff_ordered CHECK (
    (action IN ('content_order', 'name_cancellation')) = ("order" <> '{}'::jsonb)) NOT VALID;
ALTER TABLE compliance_decision ADD CONSTRAINT compliance_decision_names_named CHECK (
    action <> 'name_cancellation'
    OR (NOT at_once AND "order" - ARRAY['account', 'person'] = '{}'::jsonb)) NOT VALID;
"""
SHAPE_REVERSE = """
ALTER TABLE compliance_decision DROP CONSTRAINT compliance_decision_names_named;
ALTER TABLE compliance_decision DROP CONSTRAINT compliance_decision_order_iff_ordered;
ALTER TABLE compliance_decision ADD CONSTRAINT compliance_decision_order_iff_ordered CHECK (
    (action = 'content_order') = ("order" <> '{}'::jsonb)) NOT VALID;
"""

CANCELLATION = """
ALTER TABLE compliance_namecancellation ADD CONSTRAINT compliance_namecancellation_of_that_permit
    FOREIGN KEY (permit_id, account_id) REFERENCES accounts_permit (id, account_id);
CREATE FUNCTION compliance_guard_name_cancellation() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM accounts_permit permit
        JOIN notices_servicechange change ON change.uuid = permit.change
        JOIN compliance_decisioneffect effect ON effect.change_id = change.id
        JOIN compliance_decision decided ON decided.id = effect.decision_id
        JOIN accounts_account account ON account.id = permit.account_id
        WHERE permit.id = NEW.permit_id AND permit.not_before <= common_now()
          AND change.kind = 'name_cancellation'
          AND decided.id = NEW.decision_id AND decided.account_id = NEW.account_id
          AND (CASE WHEN NEW.person_id IS NULL THEN decided."order" ? 'account'
               ELSE decided."order" ? 'person' AND account.holder_id = NEW.person_id END)
    ) THEN
        RAISE EXCEPTION 'a name is cancelled as decided, after people were told'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_namecancellation_is_guarded BEFORE INSERT ON compliance_namecancellation
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_name_cancellation();
"""
CANCELLATION_REVERSE = """
DROP TRIGGER compliance_namecancellation_is_guarded ON compliance_namecancellation;
DROP FUNCTION compliance_guard_name_cancellation();
ALTER TABLE compliance_namecancellation
    DROP CONSTRAINT compliance_namecancellation_of_that_permit;
"""

RESTORATION = """
CREATE FUNCTION compliance_guard_name_restoration() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM compliance_namecancellation cancelled
        JOIN accounts_permit permit ON permit.id = cancelled.permit_id
        JOIN notices_servicechange change ON change.uuid = permit.change
        WHERE cancelled.id = NEW.cancellation_id AND change.state = 'lifted') THEN
        RAISE EXCEPTION 'a name is given back when its change is lifted'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_namerestoration_is_guarded BEFORE INSERT ON compliance_namerestoration
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_name_restoration();
"""
RESTORATION_REVERSE = """
DROP TRIGGER compliance_namerestoration_is_guarded ON compliance_namerestoration;
DROP FUNCTION compliance_guard_name_restoration();
"""

CODE = "account-name"
REASON = "A name is cancelled after notice and a deadline (1.2.5)."


def allow(apps, schema_editor):
    """The policy as installations begin with it gets a second version; one that somebody
    wrote anew stays as they want it."""
    PolicyVersion = apps.get_model("compliance", "PolicyVersion")
    versions = PolicyVersion.objects.filter(policy__code=CODE).order_by("-number")
    newest = versions.first()
    if newest is None or newest.number != 1 or newest.written_by_id is not None:
        return
    PolicyVersion.objects.create(
        policy=newest.policy,
        number=2,
        title_zh_hans=newest.title_zh_hans,
        title_en=newest.title_en,
        text_zh_hans=newest.text_zh_hans,
        text_en=newest.text_en,
        severity=newest.severity,
        allowed_actions=["none", "warning", "name_cancellation", "suspension", "termination"],
        default_action="name_cancellation",
        # Who chooses another name in time has done what was asked.
        strike_points=0,
        tell_authority=newest.tell_authority,
        reason=REASON,
    )


class Migration(migrations.Migration):
    dependencies = [("compliance", "0090_names"), ("notices", "0021_cancelled_names")]

    operations = [
        migrations.RunSQL(KIND_OF, KIND_OF_REVERSE),
        migrations.RunSQL(SHAPE, SHAPE_REVERSE),
        migrations.RunSQL(CANCELLATION, CANCELLATION_REVERSE),
        migrations.RunSQL(RESTORATION, RESTORATION_REVERSE),
        migrations.RunPython(allow, migrations.RunPython.noop),
    ]
