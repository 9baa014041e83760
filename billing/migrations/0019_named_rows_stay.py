"""What entries, journals and charges name stays, so no row of theirs needs a foreign key of its own.

That it exists is checked for all rows of a statement at once (0018). The other direction of a
foreign key, that what is named does not vanish or change its number, is refused outright:
wallets, lots and ledger accounts stay, as journals always did; an account stays because its
wallet does. Nothing can vanish between the check and the commit, so no lock is needed either
(docs/decisions/0011).
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

# What is named stays, and keeps the number it is named by, whoever asks.
STAY = """
CREATE FUNCTION billing_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: entries and charges name its rows', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
"""


def stays(table: str, *columns: str) -> migrations.RunSQL:
    """No row of `table` is deleted, and none changes those `columns`. After the update, as a
    trigger before it would lock every row first."""
    changed = " OR ".join(f"NEW.{one} IS DISTINCT FROM OLD.{one}" for one in columns)
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER {table}_stays BEFORE DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION billing_stays();
        CREATE TRIGGER {table}_is_never_emptied BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION billing_stays();
        CREATE TRIGGER {table}_keeps_its_number AFTER UPDATE OF {", ".join(columns)} ON {table}
            FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION billing_stays();
        """,
        f"""
        DROP TRIGGER {table}_keeps_its_number ON {table};
        DROP TRIGGER {table}_is_never_emptied ON {table};
        DROP TRIGGER {table}_stays ON {table};
        """,
    )


def checked_at_once(
    model: str, name: str, to: str, digest: str, field: dict[str, Any]
) -> migrations.RunSQL:
    """The field is a foreign key still, with no constraint that looks at each row."""
    table, column = f"billing_{model}", f"{name}_id"
    constraint = f"{table}_{column}_{digest}"
    kind = models.OneToOneField if field.pop("once", False) else models.ForeignKey
    return migrations.RunSQL(
        f"ALTER TABLE {table} DROP CONSTRAINT {constraint};",
        [
            f"ALTER TABLE {table} ADD CONSTRAINT {constraint} FOREIGN KEY ({column})"
            f" REFERENCES {to} DEFERRABLE INITIALLY DEFERRED NOT VALID;",
            f"ALTER TABLE {table} VALIDATE CONSTRAINT {constraint};",
        ],
        state_operations=[
            migrations.AlterField(
                model_name=model,
                name=name,
                field=kind(
                    db_constraint=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    **field,
                ),
            )
        ],
    )


OPTIONAL = {"null": True, "blank": True}
OF_JOURNAL = {"to": "billing.journal", "verbose_name": "journal"}
OF_WALLET = {"to": "billing.wallet", "verbose_name": "wallet", "db_index": False}


class Migration(migrations.Migration):
    dependencies = [("billing", "0018_checked_at_once")]

    operations = [
        migrations.RunSQL(STAY, "DROP FUNCTION billing_stays();"),
        stays("billing_wallet", "account_id"),
        stays("billing_creditlot", "id", "wallet_id"),
        stays("billing_ledgeraccount", "code"),
        checked_at_once(
            "entry",
            "journal",
            "billing_journal (id)",
            "2f340c8e_fk_billing_journal_id",
            {**OF_JOURNAL, "related_name": "entries"},
        ),
        checked_at_once(
            "entry",
            "account",
            "billing_ledgeraccount (code)",
            "01812d7d_fk_billing_ledgeraccount_code",
            {
                "to": "billing.ledgeraccount",
                "verbose_name": "ledger account",
                "related_name": "entries",
                "db_index": False,
            },
        ),
        checked_at_once(
            "entry",
            "wallet",
            "billing_wallet (account_id)",
            "a86f6347_fk_billing_wallet_account_id",
            {**OF_WALLET, **OPTIONAL, "related_name": "entries"},
        ),
        checked_at_once(
            "entry",
            "lot",
            "billing_creditlot (id)",
            "35be8368_fk_billing_creditlot_id",
            {
                "to": "billing.creditlot",
                "verbose_name": "lot",
                "related_name": "entries",
                "db_index": False,
                **OPTIONAL,
            },
        ),
        checked_at_once(
            "journal",
            "account",
            "accounts_account (id)",
            "bbc388d9_fk_accounts_account_id",
            {
                "to": "accounts.account",
                "verbose_name": "account",
                "related_name": "journals",
                "db_index": False,
                **OPTIONAL,
            },
        ),
        checked_at_once(
            "charge",
            "wallet",
            "billing_wallet (account_id)",
            "a42e8af1_fk_billing_wallet_account_id",
            {**OF_WALLET, "related_name": "charges"},
        ),
        checked_at_once(
            "charge",
            "journal",
            "billing_journal (id)",
            "4ca2333f_fk_billing_journal_id",
            {**OF_JOURNAL, **OPTIONAL, "related_name": "charge", "once": True},
        ),
    ]
