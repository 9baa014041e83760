"""What a client had of its one token is in its tokens now.

Taken back, a client has its newest token again; others it had are lost to it.
"""

from django.db import migrations, models

LET_GO = "DROP TRIGGER accounts_serviceclient_stays ON accounts_serviceclient;"
HOLD = """
CREATE TRIGGER accounts_serviceclient_stays
    BEFORE UPDATE OF id, public_id, prefix, digest ON accounts_serviceclient
    FOR EACH ROW EXECUTE FUNCTION accounts_keep_identity('id', 'public_id', 'prefix', 'digest');
"""
BACK = """
UPDATE accounts_serviceclient client
SET prefix = token.prefix, digest = token.digest, expires_at = token.expires_at
FROM (SELECT DISTINCT ON (client_id) * FROM accounts_clienttoken
      ORDER BY client_id, id DESC) token
WHERE token.client_id = client.id;
UPDATE accounts_serviceclient client SET revoked_at = token.revoked_at
FROM (SELECT DISTINCT ON (client_id) * FROM accounts_clienttoken
      ORDER BY client_id, id DESC) token
WHERE token.client_id = client.id AND client.revoked_at IS NULL;
-- So that a client without a token, of which there should be none, has what nobody can show.
UPDATE accounts_serviceclient SET prefix = '', digest = 'none-' || id WHERE digest IS NULL;
SET CONSTRAINTS ALL IMMEDIATE;
"""
STAYS = """
CREATE TRIGGER accounts_serviceclient_stays BEFORE UPDATE OF id, public_id
    ON accounts_serviceclient
    FOR EACH ROW EXECUTE FUNCTION accounts_keep_identity('id', 'public_id');
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0121_guards_of_tokens")]

    operations = [
        migrations.RunSQL(LET_GO, HOLD),
        migrations.AlterField(
            model_name="serviceclient",
            name="prefix",
            field=models.CharField(editable=False, max_length=16, null=True, verbose_name="prefix"),
        ),
        migrations.AlterField(
            model_name="serviceclient",
            name="digest",
            field=models.CharField(editable=False, max_length=64, null=True, unique=True),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, BACK),
        migrations.RemoveField(model_name="serviceclient", name="prefix"),
        migrations.RemoveField(model_name="serviceclient", name="digest"),
        migrations.RemoveField(model_name="serviceclient", name="expires_at"),
        migrations.RunSQL(STAYS, LET_GO),
    ]
