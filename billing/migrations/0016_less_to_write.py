"""Less to write and to read for each charge, with the same lookups and the same refusals.

Indexes of lots go by whether something is left, which changes once, and not by how much: as
long as they went by `remaining`, each charge wrote a new entry into every index of lots. The
new column is computed by the database: the table of lots, a row for each payment or grant, is
written anew once.

A key had two indexes, one that makes it unique and one that finds beginnings; one with the
operators of the latter does both, as it compares the same bytes. What a journal reverses and
which request it is for is unique among those few that do: all others had an entry of nothing.

PostgreSQL reads the text of a check anew for every statement. Four of them say the same in a
third of their length.

Indexes are built beside the work that goes on; at no time is a key not unique, or a row
unchecked.
"""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

# Pages keep room for the next version of a row beside it.
ROOM = """
ALTER TABLE billing_wallet SET (fillfactor = 60);
ALTER TABLE billing_creditlot SET (fillfactor = 80);
"""
ROOM_REVERSE = """
ALTER TABLE billing_creditlot RESET (fillfactor);
ALTER TABLE billing_wallet RESET (fillfactor);
"""


def once(table: str, like: str) -> migrations.RunSQL:
    """`key` of `table` unique by one index; `like` is the one that found beginnings."""
    return migrations.RunSQL(
        [
            f"CREATE UNIQUE INDEX CONCURRENTLY {table}_key_once"
            f" ON {table} (key varchar_pattern_ops)",
            f"ALTER TABLE {table} DROP CONSTRAINT {table}_key_key",
            f"DROP INDEX CONCURRENTLY {like}",
        ],
        [
            f"CREATE INDEX CONCURRENTLY {like} ON {table} (key varchar_pattern_ops)",
            f"CREATE UNIQUE INDEX CONCURRENTLY {table}_key_key ON {table} (key)",
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_key_key UNIQUE USING INDEX {table}_key_key",
            f"DROP INDEX CONCURRENTLY {table}_key_once",
        ],
        state_operations=[
            migrations.AlterField(
                model_name=table.removeprefix("billing_"),
                name="key",
                field=models.CharField(max_length=200, verbose_name="idempotency key"),
            ),
            migrations.AddConstraint(
                model_name=table.removeprefix("billing_"),
                constraint=models.UniqueConstraint(
                    fields=("key",), name=f"{table}_key_once", opclasses=["varchar_pattern_ops"]
                ),
            ),
        ],
    )


def unique_where_there_is_one(column: str) -> migrations.RunSQL:
    """Nulls are no duplicates of each other: the same rule, without an entry for each."""
    full = f"billing_journal_{column}_key"
    return migrations.RunSQL(
        [
            f"CREATE UNIQUE INDEX CONCURRENTLY {full}_partial"
            f" ON billing_journal ({column}) WHERE {column} IS NOT NULL",
            f"ALTER TABLE billing_journal DROP CONSTRAINT {full}",
            f"ALTER INDEX {full}_partial RENAME TO {full}",
        ],
        [
            f"ALTER INDEX {full} RENAME TO {full}_partial",
            f"CREATE UNIQUE INDEX CONCURRENTLY {full} ON billing_journal ({column})",
            f"ALTER TABLE billing_journal ADD CONSTRAINT {full} UNIQUE USING INDEX {full}",
            f"DROP INDEX CONCURRENTLY {full}_partial",
        ],
    )


def shorter(table: str, name: str, condition: str, before: str) -> migrations.RunSQL:
    """The check `name` of `table`, said in fewer words."""

    def said(how: str) -> list[Any]:
        return [
            f"ALTER TABLE {table} ADD CONSTRAINT {name}_ CHECK ({how}) NOT VALID",
            f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}_",
            f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            f"ALTER TABLE {table} RENAME CONSTRAINT {name}_ TO {name}",
        ]

    return migrations.RunSQL(said(condition), said(before))


def either(kinds: str, column: str) -> str:
    """As 0001 has it: of these kinds and with a value, or of others and without."""
    return (
        f"(kind IN ({kinds}) AND {column} IS NOT NULL)"
        f" OR (NOT (kind IN ({kinds})) AND {column} IS NULL)"
    )


REVERSING = "'correction', 'release'"
OF_TWO_PEOPLE = "'correction', 'grant', 'refund', 'return', 'write_off'"
OF_CUSTOMERS = "2010, 2020, 2030, 2031"

# Whoever has a journal has a wallet: of an account that would have none, one is made.
WALLETS = """
INSERT INTO billing_wallet (account_id)
SELECT DISTINCT account_id FROM billing_journal journal
WHERE account_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM billing_wallet wallet WHERE wallet.account_id = journal.account_id)
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("billing", "0015_payment_guards")]

    operations = [
        migrations.AddField(
            model_name="creditlot",
            name="spent",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Q(("remaining", 0)),  # type: ignore[arg-type]
                output_field=models.BooleanField(),
            ),
        ),
        AddIndexConcurrently(
            model_name="creditlot",
            index=models.Index(
                condition=models.Q(("spent", False)),
                fields=["wallet"],
                name="billing_creditlot_unspent",
            ),
        ),
        AddIndexConcurrently(
            model_name="creditlot",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False), ("spent", False)),
                fields=["expires_at"],
                name="billing_creditlot_to_expire",
            ),
        ),
        RemoveIndexConcurrently(model_name="creditlot", name="billing_creditlot_left"),
        RemoveIndexConcurrently(model_name="creditlot", name="billing_creditlot_expiring"),
        migrations.RunSQL(ROOM, ROOM_REVERSE),
        once("billing_journal", "billing_journal_key_f2597149_like"),
        once("billing_charge", "billing_charge_key_e533c3fb_like"),
        unique_where_there_is_one("reverses_id"),
        unique_where_there_is_one("request_id"),
        shorter(
            "billing_journal",
            "billing_journal_corrections_reverse",
            "(kind = ANY ('{correction,release}'::text[])) = (reverses_id IS NOT NULL)",
            either(REVERSING, "reverses_id"),
        ),
        shorter(
            "billing_journal",
            "billing_journal_two_people",
            "(kind = ANY ('{correction,grant,refund,return,write_off}'::text[]))"
            " = (request_id IS NOT NULL)",
            either(OF_TWO_PEOPLE, "request_id"),
        ),
        # The two of entries together say what they said before.
        shorter(
            "billing_entry",
            "billing_entry_wallets_are_customers",
            "(account_id = ANY ('{2010,2020,2030,2031}'::smallint[])) = (wallet_id IS NOT NULL)",
            f"(account_id IN ({OF_CUSTOMERS}) AND wallet_id IS NOT NULL)"
            f" OR (NOT (account_id IN ({OF_CUSTOMERS}))"
            " AND lot_id IS NULL AND wallet_id IS NULL)",
        ),
        shorter(
            "billing_entry",
            "billing_entry_credit_has_a_lot",
            "(account_id = ANY ('{2020,2030,2031}'::smallint[])) = (lot_id IS NOT NULL)"
            " OR account_id = 2010",
            f"NOT (account_id IN ({OF_CUSTOMERS})) OR account_id = 2010 OR lot_id IS NOT NULL",
        ),
        migrations.RunSQL(WALLETS, migrations.RunSQL.noop),
    ]
