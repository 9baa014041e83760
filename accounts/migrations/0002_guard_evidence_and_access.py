"""Evidence that stays, permits nobody can forge, restrictions that hang on them."""

from django.db import migrations

from common.sql import append_only, never_deleted

EVIDENCE = [
    "accounts_agreementversion",
    "accounts_agreementtext",
    "accounts_clause",
    "accounts_clausetext",
    "accounts_publication",
    "accounts_severance",
    "accounts_acceptance",
    "accounts_permit",
    "accounts_restriction",
    "accounts_lifting",
    "accounts_offboarding",
]
KEPT = [
    "accounts_user",
    "accounts_account",
    "accounts_apikey",
    "accounts_serviceclient",
    "accounts_service",
    "accounts_agreementdocument",
    "accounts_staffinvitation",
]

ACCEPTED_TEXT = """
ALTER TABLE accounts_acceptance ADD CONSTRAINT accounts_acceptance_of_that_text
    FOREIGN KEY (text_id, text_sha256) REFERENCES accounts_agreementtext (id, sha256);
"""
ACCEPTED_TEXT_REVERSE = """
ALTER TABLE accounts_acceptance DROP CONSTRAINT accounts_acceptance_of_that_text;
"""

# Fails closed: until the app that gives prior notice puts its gate here, every permit
# is refused. Kept as one function so that installing the gate is one replacement.
PERMITS = """
CREATE FUNCTION accounts_check_permits() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'no permit without a gate: prior notice cannot be proven'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER accounts_permit_passes_the_gate AFTER INSERT ON accounts_permit
    REFERENCING NEW TABLE AS issued
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_check_permits();
"""
PERMITS_REVERSE = """
DROP TRIGGER accounts_permit_passes_the_gate ON accounts_permit;
DROP FUNCTION accounts_check_permits();
"""

# A restriction is of the account its permit is for (the foreign key), begins no sooner
# than the permit allows and is never backdated; a key it names is that account's.
RESTRICTIONS = """
ALTER TABLE accounts_restriction ADD CONSTRAINT accounts_restriction_of_that_permit
    FOREIGN KEY (permit_id, account_id) REFERENCES accounts_permit (id, account_id);
CREATE FUNCTION accounts_check_restrictions() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    early bigint;
BEGIN
    SELECT count(*) INTO early
    FROM imposed
    JOIN accounts_permit permit ON permit.id = imposed.permit_id
    LEFT JOIN accounts_apikey key ON key.id = imposed.api_key_id
    WHERE imposed.starts_at < permit.not_before
       OR imposed.starts_at < permit.recorded_at
       OR key.account_id <> imposed.account_id;
    IF early > 0 THEN
        RAISE EXCEPTION '% restrictions begin before their permit allows, or name a key of another account', early
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER accounts_restriction_waits_for_its_permit AFTER INSERT ON accounts_restriction
    REFERENCING NEW TABLE AS imposed
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_check_restrictions();
"""
RESTRICTIONS_REVERSE = """
DROP TRIGGER accounts_restriction_waits_for_its_permit ON accounts_restriction;
DROP FUNCTION accounts_check_restrictions();
ALTER TABLE accounts_restriction DROP CONSTRAINT accounts_restriction_of_that_permit;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_people_accounts_agreements")]

    operations = [
        *[append_only(table) for table in EVIDENCE],
        *[never_deleted(table) for table in KEPT],
        migrations.RunSQL(ACCEPTED_TEXT, ACCEPTED_TEXT_REVERSE),
        migrations.RunSQL(PERMITS, PERMITS_REVERSE),
        migrations.RunSQL(RESTRICTIONS, RESTRICTIONS_REVERSE),
    ]
