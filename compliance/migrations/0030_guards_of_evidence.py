"""What the database refuses about evidence: too much of it, looks without leave.

Python refuses the same with a sentence (`compliance.evidence`, `.evidence_grants`,
`.interaction_grants`). Superusers are no exception.
"""

from django.db import migrations

# A leave and its end, or a look under it, do not pass each other: the end waits for looks
# that were begun, later looks wait for the end and see it.
LEAVE_LOCK = 4906030

# In force: of that case, not over, not taken back. The caller is the owner of a statement
# that began before; what committed meanwhile is seen, as each statement here looks anew.
LEAVES = f"""
CREATE FUNCTION compliance_leave_holds(wanted bigint, of_case bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({LEAVE_LOCK}, hashint8(wanted));
    RETURN EXISTS (
        SELECT 1 FROM compliance_interactiongrant leave
        WHERE leave.id = wanted AND leave.case_id = of_case AND leave.ends_at > common_now()
          AND NOT EXISTS (SELECT 1 FROM compliance_interactiongrantend WHERE grant_id = leave.id));
END
$$;
CREATE FUNCTION compliance_is_noticed(person bigint, account bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT EXISTS (SELECT 1 FROM accounts_membership membership
        WHERE membership.user_id = person AND membership.account_id = account
          AND membership.role IN ('owner', 'admin'))
$$;
CREATE FUNCTION compliance_guard_leave() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT compliance_is_noticed(NEW.given_by_id, NEW.account_id) THEN
        RAISE EXCEPTION 'owners and administrators give leave for their account'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.ends_at <= common_now() OR NEW.ends_at > common_now() + interval '30 days' THEN
        RAISE EXCEPTION 'a leave ends within 30 days' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM compliance_case WHERE id = NEW.case_id
                   AND NEW.account_id IN (account_id, opponent_id)) THEN
        RAISE EXCEPTION 'the account has no part in that case' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_interactiongrant_is_guarded BEFORE INSERT ON compliance_interactiongrant
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_leave();
CREATE FUNCTION compliance_guard_leave_end() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock({LEAVE_LOCK}, hashint8(NEW.grant_id));
    IF NOT EXISTS (SELECT 1 FROM compliance_interactiongrant leave WHERE leave.id = NEW.grant_id
                   AND compliance_is_noticed(NEW.ended_by_id, leave.account_id)) THEN
        RAISE EXCEPTION 'owners and administrators take back leave for their account'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_interactiongrantend_is_guarded
    BEFORE INSERT ON compliance_interactiongrantend
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_leave_end();
"""
LEAVES_REVERSE = """
DROP TRIGGER compliance_interactiongrantend_is_guarded ON compliance_interactiongrantend;
DROP FUNCTION compliance_guard_leave_end();
DROP TRIGGER compliance_interactiongrant_is_guarded ON compliance_interactiongrant;
DROP FUNCTION compliance_guard_leave();
DROP FUNCTION compliance_is_noticed(bigint, bigint);
DROP FUNCTION compliance_leave_holds(bigint, bigint);
"""

# The bounds are those of `compliance.evidence`. The case is locked, so that of two files at
# once the second counts the first.
EVIDENCE = """
CREATE FUNCTION compliance_guard_evidence() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    files integer;
    taken bigint;
BEGIN
    PERFORM 1 FROM compliance_case WHERE id = NEW.case_id FOR UPDATE;
    SELECT count(*), coalesce(sum(size), 0) INTO files, taken
        FROM compliance_evidence WHERE case_id = NEW.case_id;
    IF files >= 20 OR taken + NEW.size > 104857600 THEN
        RAISE EXCEPTION 'a case holds 20 files and 100 MB at most'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.interaction_grant_id IS NOT NULL
       AND NOT compliance_leave_holds(NEW.interaction_grant_id, NEW.case_id) THEN
        RAISE EXCEPTION 'the customer has given no leave for this case that is in force'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_evidence_is_guarded BEFORE INSERT ON compliance_evidence
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_evidence();
ALTER TABLE compliance_evidencecontent ADD CONSTRAINT compliance_evidencecontent_names_its_key
    CHECK (key_id <> '' AND substring(ciphertext FROM 1 FOR octet_length(key_id) + 1)
           = convert_to(key_id || E'\\n', 'UTF8'));
CREATE FUNCTION compliance_guard_content() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF (NEW.id, NEW.evidence_id) IS DISTINCT FROM (OLD.id, OLD.evidence_id) THEN
        RAISE EXCEPTION 'content stays with its evidence' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_evidencecontent_is_guarded BEFORE UPDATE ON compliance_evidencecontent
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_content();
"""
EVIDENCE_REVERSE = """
DROP TRIGGER compliance_evidencecontent_is_guarded ON compliance_evidencecontent;
DROP FUNCTION compliance_guard_content();
ALTER TABLE compliance_evidencecontent DROP CONSTRAINT compliance_evidencecontent_names_its_key;
DROP TRIGGER compliance_evidence_is_guarded ON compliance_evidence;
DROP FUNCTION compliance_guard_evidence();
"""

# A grant is answered by another person and lasts no longer than was asked for; a look needs
# what its file needs, at the moment it is recorded.
LOOKS = """
CREATE FUNCTION compliance_guard_evidence_grant() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    asked compliance_evidencegrantrequest;
BEGIN
    SELECT * INTO asked FROM compliance_evidencegrantrequest WHERE id = NEW.request_id;
    IF asked.requested_by_id = NEW.answered_by_id THEN
        RAISE EXCEPTION 'nobody allows themselves to see a file'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.ends_at > common_now() + make_interval(hours => asked.hours) THEN
        RAISE EXCEPTION 'a grant lasts for the hours asked for, at most'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_evidencegrant_is_guarded BEFORE INSERT ON compliance_evidencegrant
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_evidence_grant();
CREATE FUNCTION compliance_guard_view() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    seen compliance_evidence;
BEGIN
    SELECT * INTO seen FROM compliance_evidence WHERE id = NEW.evidence_id;
    IF (seen.sensitivity IN ('identity', 'minor') OR NEW.grant_id IS NOT NULL) AND NOT EXISTS (
        SELECT 1 FROM compliance_evidencegrant given
        JOIN compliance_evidencegrantrequest asked ON asked.id = given.request_id
        WHERE given.id = NEW.grant_id AND given.allowed AND given.ends_at > common_now()
          AND asked.evidence_id = NEW.evidence_id AND asked.requested_by_id = NEW.viewer_id
    ) THEN
        RAISE EXCEPTION 'a sensitive file is seen by a live grant of that person'
            USING ERRCODE = 'check_violation';
    END IF;
    IF seen.interaction_grant_id IS NOT NULL
       AND NOT compliance_leave_holds(seen.interaction_grant_id, seen.case_id) THEN
        RAISE EXCEPTION 'the leave of the customer to look at this has ended'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_evidenceview_is_guarded BEFORE INSERT ON compliance_evidenceview
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_view();
"""
LOOKS_REVERSE = """
DROP TRIGGER compliance_evidenceview_is_guarded ON compliance_evidenceview;
DROP FUNCTION compliance_guard_view();
DROP TRIGGER compliance_evidencegrant_is_guarded ON compliance_evidencegrant;
DROP FUNCTION compliance_guard_evidence_grant();
"""

# An order belongs to the case of its decision, a certificate's paper to its case and account.
ORDERS = """
CREATE FUNCTION compliance_guard_order() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM compliance_decision
                   WHERE id = NEW.decision_id AND case_id = NEW.case_id) THEN
        RAISE EXCEPTION 'an order belongs to the case of its decision'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_contentorder_is_guarded BEFORE INSERT ON compliance_contentorder
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_order();
CREATE FUNCTION compliance_guard_certificate() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM compliance_evidence paper
                   JOIN compliance_case matter ON matter.id = paper.case_id
                   WHERE paper.id = NEW.document_id AND paper.case_id = NEW.case_id
                     AND NEW.account_id IN (matter.account_id, matter.opponent_id)) THEN
        RAISE EXCEPTION 'a certificate is of its case and of an account with a part in it'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_deletioncertificate_is_guarded
    BEFORE INSERT ON compliance_deletioncertificate
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_certificate();
"""
ORDERS_REVERSE = """
DROP TRIGGER compliance_deletioncertificate_is_guarded ON compliance_deletioncertificate;
DROP FUNCTION compliance_guard_certificate();
DROP TRIGGER compliance_contentorder_is_guarded ON compliance_contentorder;
DROP FUNCTION compliance_guard_order();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0021_untold_reports"),
        ("accounts", "0017_indexes_for_sealing"),
    ]

    operations = [
        migrations.RunSQL(LEAVES, LEAVES_REVERSE),
        migrations.RunSQL(EVIDENCE, EVIDENCE_REVERSE),
        migrations.RunSQL(LOOKS, LOOKS_REVERSE),
        migrations.RunSQL(ORDERS, ORDERS_REVERSE),
    ]
