"""The tokens there are move over; from now on a token only ends, and stays whose it is.

Whoever asks already is not slowed down: their bounds are set by people, not by this.
"""

from django.db import migrations

from common.sql import never_deleted

MOVE = """
INSERT INTO accounts_clienttoken
    (client_id, prefix, digest, created_by_id, created_at, expires_at, revoked_at)
SELECT id, prefix, digest, created_by_id, created_at, expires_at, revoked_at
FROM accounts_serviceclient ORDER BY id;
UPDATE accounts_serviceclient SET requests_per_minute = 10000000;
"""
MOVE_REVERSE = "DELETE FROM accounts_tokenuse; DELETE FROM accounts_clienttoken;"

ENDS = """
CREATE TRIGGER accounts_clienttoken_stays
    BEFORE UPDATE OF id, client_id, prefix, digest, created_by_id, created_at
    ON accounts_clienttoken
    FOR EACH ROW EXECUTE FUNCTION accounts_keep_identity(
        'id', 'client_id', 'prefix', 'digest', 'created_by_id', 'created_at');

CREATE FUNCTION accounts_check_token_ends() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at
       OR OLD.expires_at IS NOT NULL
          AND (NEW.expires_at IS NULL OR NEW.expires_at > OLD.expires_at) THEN
        RAISE EXCEPTION 'service token % ends when it was said, or sooner', OLD.prefix
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_clienttoken_only_ends BEFORE UPDATE OF expires_at, revoked_at
    ON accounts_clienttoken FOR EACH ROW EXECUTE FUNCTION accounts_check_token_ends();

CREATE FUNCTION accounts_check_client_ends() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
        RAISE EXCEPTION 'service client % is revoked for good', OLD.public_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_serviceclient_only_ends BEFORE UPDATE OF revoked_at
    ON accounts_serviceclient FOR EACH ROW EXECUTE FUNCTION accounts_check_client_ends();
"""
ENDS_REVERSE = """
DROP TRIGGER accounts_serviceclient_only_ends ON accounts_serviceclient;
DROP FUNCTION accounts_check_client_ends();
DROP TRIGGER accounts_clienttoken_only_ends ON accounts_clienttoken;
DROP FUNCTION accounts_check_token_ends();
DROP TRIGGER accounts_clienttoken_stays ON accounts_clienttoken;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0120_tokens_of_clients")]

    operations = [
        migrations.RunSQL(MOVE, MOVE_REVERSE),
        migrations.RunSQL(ENDS, ENDS_REVERSE),
        never_deleted("accounts_clienttoken"),
    ]
