"""What waits for a customer rests on the terms in force: when newer ones are published, gateways
are told the version of every condition that is open anew."""

from django.db import migrations

WATCH = """
CREATE OR REPLACE FUNCTION accounts_publication_to_feed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO accounts_enforcementchange (kind, subject, written_at)
    SELECT 'condition', condition.id::text, clock_timestamp()
    FROM accounts_condition condition
    WHERE condition.cleared_at IS NULL AND EXISTS (
        SELECT FROM written
        JOIN accounts_agreementversion version ON version.id = written.version_id
        JOIN accounts_agreementdocument document ON document.id = version.document_id
        WHERE document.slug = 'terms');
    IF FOUND THEN
        PERFORM pg_notify('accounts_enforcement', '');
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER accounts_publication_is_fed AFTER INSERT ON accounts_publication
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_publication_to_feed();
"""
UNWATCH = """
DROP TRIGGER IF EXISTS accounts_publication_is_fed ON accounts_publication;
DROP FUNCTION IF EXISTS accounts_publication_to_feed();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0130_scopes_of_signals")]

    operations = [migrations.RunSQL(WATCH, UNWATCH)]
