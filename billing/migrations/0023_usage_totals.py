"""Totals of usage by account, day, model and key, behind the transactions under way.

New tables, and an index of the few charges that took nothing. The watermark is that of
0010_totals: below it every transaction is over, so what is committed late, and usage reported
late, is neither skipped nor counted twice.
"""

import django.db.models.deletion
from django.db import migrations, models

import common.models.transaction_ids
from common.sql import APP_ROLE

ROLL_UP = f"""
CREATE FUNCTION billing_roll_up_usage(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    state billing_usagerollup;
    here bigint := billing_server();
    horizon xid8;
    begins xid8;
    ends xid8;
    rolled bigint;
BEGIN
    SELECT * INTO STRICT state FROM billing_usagerollup WHERE id = 1 FOR UPDATE;
    begins := state.upto;
    IF state.server <> here THEN
        -- Transactions are numbered anew on another server.
        DELETE FROM billing_usagetotal;
        begins := '0';
    END IF;
    horizon := pg_snapshot_xmin(pg_current_snapshot());
    -- Not too many at a time, and a transaction's never apart.
    SELECT journal.transaction INTO ends FROM billing_journal journal
        WHERE journal.transaction >= begins AND journal.transaction < horizon
        ORDER BY journal.transaction OFFSET most LIMIT 1;
    IF ends = (SELECT min(journal.transaction) FROM billing_journal journal
               WHERE journal.transaction >= begins) THEN
        SELECT min(journal.transaction) INTO ends FROM billing_journal journal
            WHERE journal.transaction > ends AND journal.transaction < horizon;
    END IF;
    ends := coalesce(ends, horizon);

    INSERT INTO billing_usagetotal (wallet_id, zone, day, model_id, api_key_id, charges, taken)
        SELECT charge.wallet_id, account.time_zone,
            (charge.used_at AT TIME ZONE account.time_zone)::date,
            charge.model_id, charge.api_key_id, sum(found.sign), sum(found.sign * charge.posted)
        FROM (
            SELECT journal.id AS charged, 1 AS sign FROM billing_journal journal
            WHERE journal.transaction >= begins AND journal.transaction < ends
              AND journal.kind = 'charge'
            UNION ALL
            SELECT journal.reverses_id, -1 FROM billing_journal journal
            WHERE journal.transaction >= begins AND journal.transaction < ends
              AND journal.kind = 'correction'
        ) found
        JOIN billing_charge charge ON charge.journal_id = found.charged
        JOIN accounts_account account ON account.id = charge.wallet_id
        GROUP BY 1, 2, 3, 4, 5
        ON CONFLICT (wallet_id, day, zone, model_id, api_key_id)
        DO UPDATE SET charges = billing_usagetotal.charges + excluded.charges,
            taken = billing_usagetotal.taken + excluded.taken;
    SELECT count(*) INTO rolled FROM billing_journal journal
        WHERE journal.transaction >= begins AND journal.transaction < ends;
    UPDATE billing_usagerollup SET upto = ends, server = here WHERE id = 1;
    RETURN rolled;
END
$$;
REVOKE ALL ON FUNCTION billing_roll_up_usage(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing_roll_up_usage(integer) TO {APP_ROLE};
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON billing_usagetotal, billing_usagerollup FROM {APP_ROLE};
INSERT INTO billing_usagerollup (id, upto, server) VALUES (1, '0', 0);
"""
ROLL_UP_REVERSE = f"""
DELETE FROM billing_usagerollup;
GRANT INSERT, UPDATE, DELETE ON billing_usagetotal, billing_usagerollup TO {APP_ROLE};
DROP FUNCTION billing_roll_up_usage(integer);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_indexes_for_sealing"),
        ("billing", "0022_told_of_refunds"),
    ]

    operations = [
        migrations.CreateModel(
            name="UsageRollUp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "upto",
                    common.models.transaction_ids.TransactionIdField(
                        verbose_name="rolled up below transaction"
                    ),
                ),
                ("server", models.BigIntegerField(verbose_name="server")),
            ],
            options={
                "verbose_name": "roll-up of usage",
                "verbose_name_plural": "roll-ups of usage",
            },
        ),
        migrations.CreateModel(
            name="UsageTotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("zone", models.CharField(max_length=64, verbose_name="time zone")),
                ("day", models.DateField(verbose_name="used on")),
                ("charges", models.BigIntegerField(verbose_name="charges")),
                ("taken", models.BigIntegerField(verbose_name="taken")),
            ],
            options={
                "verbose_name": "total of usage",
                "verbose_name_plural": "totals of usage",
            },
        ),
        migrations.AddIndex(
            model_name="charge",
            index=models.Index(
                condition=models.Q(("journal__isnull", True)),
                fields=["wallet", "used_at"],
                name="billing_charge_of_nothing",
            ),
        ),
        migrations.AddField(
            model_name="usagetotal",
            name="api_key",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.apikey",
                verbose_name="key",
            ),
        ),
        migrations.AddField(
            model_name="usagetotal",
            name="model",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.inferencemodel",
                verbose_name="model",
            ),
        ),
        migrations.AddField(
            model_name="usagetotal",
            name="wallet",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="usage_totals",
                to="billing.wallet",
                verbose_name="wallet",
            ),
        ),
        migrations.AddConstraint(
            model_name="usagetotal",
            constraint=models.UniqueConstraint(
                fields=("wallet", "day", "zone", "model", "api_key"),
                name="billing_usagetotal_once",
                nulls_distinct=False,
            ),
        ),
        migrations.RunSQL(ROLL_UP, ROLL_UP_REVERSE),
    ]
