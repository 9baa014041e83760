"""Totals of ledger accounts, filled behind the transactions under way.

Nothing that is there changes: new tables, functions, and a trigger that takes a lock
before a posting where it was taken after.
"""

import django.db.models.deletion
from django.db import migrations, models

import common.models.transaction_ids
from common.sql import APP_ROLE

# The totals hold the journals of all transactions below `upto`. It moves up to the oldest
# transaction still under way: below that one everything is committed or gone for good, and
# no journal will join. A journal committed late has a transaction that is not below, so it
# is neither skipped nor counted twice. Found a statement earlier than the journals are
# read, so that these are all seen.
ROLL_UP = f"""
CREATE FUNCTION billing_server() RETURNS bigint
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$ SELECT system_identifier FROM pg_control_system() $$;

CREATE FUNCTION billing_roll_up(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    state billing_rollup;
    here bigint := billing_server();
    horizon xid8;
    begins xid8;
    ends xid8;
    rolled bigint;
BEGIN
    SELECT * INTO STRICT state FROM billing_rollup WHERE id = 1 FOR UPDATE;
    begins := state.upto;
    IF state.server <> here THEN
        -- Transactions are numbered anew on another server.
        DELETE FROM billing_accounttotal;
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

    INSERT INTO billing_accounttotal (account_id, effective_day, recorded_day, amount)
        SELECT entry.account_id,
            (journal.effective_at AT TIME ZONE 'Asia/Shanghai')::date,
            (journal.recorded_at AT TIME ZONE 'Asia/Shanghai')::date,
            sum(entry.amount)
        FROM billing_journal journal JOIN billing_entry entry ON entry.journal_id = journal.id
        WHERE journal.transaction >= begins AND journal.transaction < ends
        GROUP BY 1, 2, 3
        ON CONFLICT (account_id, effective_day, recorded_day)
        DO UPDATE SET amount = billing_accounttotal.amount + excluded.amount;
    SELECT count(*) INTO rolled FROM billing_journal journal
        WHERE journal.transaction >= begins AND journal.transaction < ends;
    UPDATE billing_rollup SET upto = ends, server = here WHERE id = 1;
    RETURN rolled;
END
$$;
REVOKE ALL ON FUNCTION billing_roll_up(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing_roll_up(integer) TO {APP_ROLE};
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON billing_accounttotal, billing_rollup FROM {APP_ROLE};
INSERT INTO billing_rollup (id, upto, server) VALUES (1, '0', 0);
"""
ROLL_UP_REVERSE = f"""
DELETE FROM billing_rollup;
GRANT INSERT, UPDATE, DELETE ON billing_accounttotal, billing_rollup TO {APP_ROLE};
DROP FUNCTION billing_roll_up(integer);
DROP FUNCTION billing_server();
"""

# With the lock of the close taken before the moment of recording is stamped, whoever holds
# the lock alone knows that no posting under way is dated before (`billing/closing.py`).
ONE_BY_ONE = """
CREATE FUNCTION billing_begin_posting() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(4906001);
    RETURN NULL;
END
$$;
CREATE TRIGGER billing_journal_begins BEFORE INSERT ON billing_journal
    FOR EACH STATEMENT EXECUTE FUNCTION billing_begin_posting();
"""
ONE_BY_ONE_REVERSE = """
DROP TRIGGER billing_journal_begins ON billing_journal;
DROP FUNCTION billing_begin_posting();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0009_indexes_of_reading")]

    operations = [
        migrations.CreateModel(
            name="AccountTotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("effective_day", models.DateField(verbose_name="effective on")),
                ("recorded_day", models.DateField(verbose_name="recorded on")),
                ("amount", models.BigIntegerField(verbose_name="amount")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="totals",
                        to="billing.ledgeraccount",
                        verbose_name="ledger account",
                    ),
                ),
            ],
            options={
                "verbose_name": "total of a ledger account",
                "verbose_name_plural": "totals of ledger accounts",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "effective_day", "recorded_day"),
                        name="billing_accounttotal_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RollUp",
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
                "verbose_name": "roll-up of totals",
                "verbose_name_plural": "roll-ups of totals",
            },
        ),
        migrations.AlterModelOptions(
            name="periodclose",
            options={
                "permissions": [
                    ("request_periodclose", "Can propose to close a period"),
                    ("approve_periodclose", "Can close periods that others proposed"),
                ],
                "verbose_name": "closed period",
                "verbose_name_plural": "closed periods",
            },
        ),
        migrations.RunSQL(ROLL_UP, ROLL_UP_REVERSE),
        migrations.RunSQL(ONE_BY_ONE, ONE_BY_ONE_REVERSE),
    ]
