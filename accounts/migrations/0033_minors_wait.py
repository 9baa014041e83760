"""A minor's account waits for a guardian, whatever the web server says (clause 1.1)."""

from django.db import migrations

# Of age by the calendar of the platform's time zone (settings.TIME_ZONE), or a consent stands.
MAY_GO_ON = """
CREATE FUNCTION accounts_minor_may_go_on(holder bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM accounts_guardianconsent consent
        WHERE consent.user_id = holder AND NOT EXISTS (
            SELECT FROM accounts_guardianconsentwithdrawal ended
            WHERE ended.consent_id = consent.id))
    OR EXISTS (
        SELECT FROM accounts_capacitydeclaration declared
        WHERE declared.user_id = holder
          AND declared.of_age_on <= (common_now() AT TIME ZONE 'Asia/Shanghai')::date)
$$;
"""

# What waits goes on waiting until then: the condition is neither cleared, moved nor deleted.
CONDITION = """
CREATE FUNCTION accounts_check_guardian_condition() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.cleared_at IS NULL
       AND NEW.source = OLD.source AND NEW.account_id = OLD.account_id THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM accounts_account account
        WHERE account.id = OLD.account_id AND accounts_minor_may_go_on(account.holder_id)) THEN
        RAISE EXCEPTION 'a minor''s account waits until a guardian consents'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER accounts_condition_waits_for_guardian BEFORE UPDATE OR DELETE ON accounts_condition
    FOR EACH ROW WHEN (OLD.source = 'guardian_due' AND OLD.cleared_at IS NULL)
    EXECUTE FUNCTION accounts_check_guardian_condition();
"""

# Who declares to be a minor waits from that transaction on.
DECLARATION = """
CREATE FUNCTION accounts_check_minor_waits() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM accounts_account account
        WHERE account.holder_id = NEW.user_id AND NOT EXISTS (
            SELECT FROM accounts_condition waiting
            WHERE waiting.account_id = account.id
              AND waiting.source = 'guardian_due' AND waiting.cleared_at IS NULL))
       AND NOT accounts_minor_may_go_on(NEW.user_id) THEN
        RAISE EXCEPTION 'a minor''s account waits for a guardian from the beginning'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER accounts_capacitydeclaration_minor_waits
    AFTER INSERT ON accounts_capacitydeclaration DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.capacity <> 'adult') EXECUTE FUNCTION accounts_check_minor_waits();
"""

# Guardians consent for minors, and for a child to its data as well.
CONSENT = """
CREATE FUNCTION accounts_check_guardian_consent() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    said text;
BEGIN
    SELECT capacity INTO said FROM accounts_capacitydeclaration
    WHERE user_id = NEW.user_id ORDER BY id DESC LIMIT 1;
    IF said IS NULL OR said = 'adult' OR (said = 'child' AND NOT NEW.personal_data) THEN
        RAISE EXCEPTION 'a guardian consents for a minor, and for a child to its data as well'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_guardianconsent_is_for_a_minor BEFORE INSERT ON accounts_guardianconsent
    FOR EACH ROW EXECUTE FUNCTION accounts_check_guardian_consent();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0032_declarations_are_sealed")]

    operations = [
        migrations.RunSQL(MAY_GO_ON, "DROP FUNCTION accounts_minor_may_go_on(bigint);"),
        migrations.RunSQL(
            CONDITION,
            """
            DROP TRIGGER accounts_condition_waits_for_guardian ON accounts_condition;
            DROP FUNCTION accounts_check_guardian_condition();
            """,
        ),
        migrations.RunSQL(
            DECLARATION,
            """
            DROP TRIGGER accounts_capacitydeclaration_minor_waits ON accounts_capacitydeclaration;
            DROP FUNCTION accounts_check_minor_waits();
            """,
        ),
        migrations.RunSQL(
            CONSENT,
            """
            DROP TRIGGER accounts_guardianconsent_is_for_a_minor ON accounts_guardianconsent;
            DROP FUNCTION accounts_check_guardian_consent();
            """,
        ),
    ]
