"""What evidence names stays what it is: numbers, identifiers, secrets' hashes, owners of keys.

Foreign keys are checked at commit only, so without this two accounts could swap their
numbers, and with them who is under a restriction.
"""

from django.db import migrations, models

IDENTITIES = {
    "accounts_user": ["id", "public_id"],
    "accounts_account": ["id", "public_id"],
    "accounts_apikey": ["id", "public_id", "account_id", "prefix", "digest"],
    "accounts_serviceclient": ["id", "public_id", "prefix", "digest"],
    "accounts_service": ["id", "slug"],
    "accounts_agreementdocument": ["id", "slug"],
    "accounts_staffinvitation": ["id", "digest"],
}

KEEP = """
CREATE FUNCTION accounts_keep_identity() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    named text;
BEGIN
    FOREACH named IN ARRAY TG_ARGV LOOP
        IF to_jsonb(NEW) -> named IS DISTINCT FROM to_jsonb(OLD) -> named THEN
            RAISE EXCEPTION 'a row of % keeps its %', TG_TABLE_NAME, named
                USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN NEW;
END
$$;
"""


def stays(table: str, columns: list[str]) -> migrations.RunSQL:
    listed, arguments = ", ".join(columns), ", ".join(f"'{one}'" for one in columns)
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE OF {listed} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION accounts_keep_identity({arguments});",
        f"DROP TRIGGER {table}_stays ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_account_external_ref")]

    operations = [
        migrations.RunSQL(KEEP, "DROP FUNCTION accounts_keep_identity();"),
        *[stays(table, columns) for table, columns in IDENTITIES.items()],
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(time_zone__regex=r"^(UTC|[A-Z][A-Za-z_]*(/[A-Za-z_-]+)+)$"),
                name="accounts_account_time_zone_is_a_place",
            ),
        ),
    ]
