"""What gateways go by is written down where it changes, in the same transaction.

Triggers look at whole statements, so that an effect on a million accounts costs one more
statement and not a million. What is there already is written down to begin with.
"""

from django.db import migrations

# Table, what happens to its rows, the kind of subject, the subject, and for updates the
# columns that matter.
WATCHED: list[tuple[str, str, str, str, tuple[str, ...]]] = [
    ("accounts_restriction", "INSERT", "restriction", "id", ()),
    ("accounts_lifting", "INSERT", "restriction", "restriction_id", ()),
    ("accounts_platformrestriction", "INSERT", "platform", "id", ()),
    ("accounts_platformlifting", "INSERT", "platform", "restriction_id", ()),
    *(
        (table, happening, kind, subject, columns)
        for table, kind, subject, columns in (
            (
                "accounts_condition",
                "condition",
                "id",
                ("account_id", "source", "since", "cleared_at"),
            ),
            (
                "accounts_apikey",
                "key",
                "id",
                ("account_id", "expires_at", "revoked_at"),
            ),
            ("accounts_apikey_services", "key", "apikey_id", ("apikey_id", "service_id")),
            ("accounts_service", "service", "id", ("retired_at",)),
            (
                "accounts_inferencemodel",
                "model",
                "id",
                ("retired_at",),
            ),
        )
        for happening in ("INSERT", "UPDATE", "DELETE")
    ),
]


def _function(table: str, happening: str) -> str:
    return f"{table}_to_feed_on_{happening.lower()}"


def _watch(table: str, happening: str, kind: str, subject: str, columns: tuple[str, ...]) -> str:
    if happening == "UPDATE":
        seen = "REFERENCING OLD TABLE AS before NEW TABLE AS after"
        row = ", ".join(("id", f"{subject} AS subject", *columns))
        # What a row was about, and what it is about now.
        what = f"""
        SELECT subject FROM (SELECT {row} FROM before EXCEPT SELECT {row} FROM after) was
        UNION SELECT subject FROM (SELECT {row} FROM after EXCEPT SELECT {row} FROM before) becomes
    """
    else:
        seen = f"REFERENCING {'NEW' if happening == 'INSERT' else 'OLD'} TABLE AS written"
        what = f"SELECT {subject} AS subject FROM written"
    return f"""
CREATE OR REPLACE FUNCTION {_function(table, happening)}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO accounts_enforcementchange (kind, subject, written_at)
    SELECT '{kind}', subject::text, clock_timestamp() FROM ({what}) changed;
    IF FOUND THEN
        PERFORM pg_notify('accounts_enforcement', '');
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER {table}_is_fed_on_{happening.lower()} AFTER {happening} ON {table}
    {seen} FOR EACH STATEMENT EXECUTE FUNCTION {_function(table, happening)}();
"""


def _unwatch(table: str, happening: str) -> str:
    return f"""
DROP TRIGGER IF EXISTS {table}_is_fed_on_{happening.lower()} ON {table};
DROP FUNCTION IF EXISTS {_function(table, happening)}();
"""


# Gateways know these by their codes, in entries that are not written anew.
CODES = {
    "accounts_service": ("slug",),
    "accounts_inferencemodel": ("slug", "service_id"),
    "accounts_region": ("slug",),
    "accounts_account": ("public_id",),
    "accounts_apikey": ("digest",),
}
REFUSAL = """
CREATE OR REPLACE FUNCTION accounts_refuse_another_code() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'what gateways know % by stays as it is', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
"""
REFUSAL_REVERSE = "DROP FUNCTION IF EXISTS accounts_refuse_another_code();"


def _fix(table: str, columns: tuple[str, ...]) -> str:
    before, after = (
        ", ".join(f"{which}.{column}" for column in columns) for which in ("OLD", "NEW")
    )
    return f"""
CREATE OR REPLACE TRIGGER {table}_is_known_by_its_code
    BEFORE UPDATE OF {", ".join(columns)} ON {table}
    FOR EACH ROW WHEN (ROW({before}) IS DISTINCT FROM ROW({after}))
    EXECUTE FUNCTION accounts_refuse_another_code();
"""


def _loosen(table: str) -> str:
    return f"DROP TRIGGER IF EXISTS {table}_is_known_by_its_code ON {table};"


class Migration(migrations.Migration):
    # Each statement is a transaction of its own, and may be repeated: no lock on a table is held
    # while another one's is waited for.
    atomic = False

    dependencies = [("accounts", "0101_enforcement_feed_guards")]

    operations = [
        *(migrations.RunSQL(_watch(*each), _unwatch(*each[:2])) for each in WATCHED),
        migrations.RunSQL(REFUSAL, REFUSAL_REVERSE),
        *(migrations.RunSQL(_fix(*each), _loosen(each[0])) for each in CODES.items()),
    ]
