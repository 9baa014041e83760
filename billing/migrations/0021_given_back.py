"""A correction of a charge whose debt was paid since gives the money back as a paid lot.

Its mirror image alone would leave it in the balance and in no lot: to be spent, and never
to be refunded. So the mirror of an entry without a lot, of a charge, may be two entries: one
that settles what is owed still, and one into a new lot that names the charge. All other
entries are mirrored as before, and all corrections of other kinds entirely.
"""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

_guards = import_module("billing.migrations.0002_guards")
DECIDED_BEFORE: str = _guards.DECIDED.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
NEW_LOT_BEFORE: str = _guards.NEW_LOT.split("CREATE TRIGGER")[0].replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)
MIRRORED = """        IF EXISTS (
            (SELECT account_id, wallet_id, lot_id, -amount, count(*) FROM billing_entry
             WHERE journal_id = reversed.id GROUP BY 1, 2, 3, 4)
            EXCEPT
            (SELECT account_id, wallet_id, lot_id, amount, count(*) FROM billing_entry
             WHERE journal_id = journal.id GROUP BY 1, 2, 3, 4))
           OR reversed.legs <> journal.legs THEN"""
MIRRORED_OR_GIVEN_BACK = """        IF NOT billing_mirrors(journal, reversed) THEN"""
assert MIRRORED in DECIDED_BEFORE
DECIDED = DECIDED_BEFORE.replace(MIRRORED, MIRRORED_OR_GIVEN_BACK)

NEW_LOT = """
-- One that is given back is as old as the charge that took it: what settled the debt was paid
-- in later, so no policy that looks back some days finds it younger than it is.
CREATE OR REPLACE FUNCTION billing_new_lot() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.remaining := 0;
    NEW.opened_at := common_now();
    IF NEW.corrected_id IS NOT NULL THEN
        SELECT journal.recorded_at INTO NEW.opened_at FROM billing_journal journal
            WHERE journal.id = NEW.corrected_id AND journal.kind = 'charge'
              AND journal.account_id = NEW.wallet_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'journal % is no charge of that account', NEW.corrected_id
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END
$$;
"""

MIRRORS = """
-- What payments settled of an account's debts and no correction has given back.
CREATE FUNCTION billing_settled_by_payments(wanted bigint) RETURNS bigint
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT (coalesce(sum(entry.amount) FILTER (
            WHERE entry.lot_id IS NULL AND coalesce(undone.kind, journal.kind) = 'top_up'), 0)
        - coalesce(sum(entry.amount) FILTER (
            WHERE lot.corrected_id = journal.reverses_id), 0))::bigint
    FROM billing_journal journal
    LEFT JOIN billing_journal undone ON undone.id = journal.reverses_id
    JOIN billing_entry entry ON entry.journal_id = journal.id
    LEFT JOIN billing_creditlot lot ON lot.id = entry.lot_id
    WHERE journal.account_id = wanted AND entry.account_id = 2010
      -- Usage settles nothing: left out so that an index passes it over.
      AND journal.kind <> 'charge'
$$;

-- Whether `journal` undoes `reversed`: entry by entry, but for what a charge took beyond lots.
-- Called when wallet and lots have been moved by `journal`.
CREATE FUNCTION billing_mirrors(journal billing_journal, reversed billing_journal)
RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    beyond bigint := 0;
    settles bigint;
    settling bigint;
    back bigint;
    backs bigint;
    others bigint;
    loose bigint;
BEGIN
    SELECT coalesce(-sum(amount), 0) INTO beyond FROM billing_entry
        WHERE journal_id = reversed.id AND account_id = 2010 AND lot_id IS NULL;
    IF reversed.kind <> 'charge' OR beyond = 0 THEN
        RETURN reversed.legs = journal.legs AND NOT EXISTS (
            (SELECT account_id, wallet_id, lot_id, -amount, count(*) FROM billing_entry
             WHERE journal_id = reversed.id GROUP BY 1, 2, 3, 4)
            EXCEPT
            (SELECT account_id, wallet_id, lot_id, amount, count(*) FROM billing_entry
             WHERE journal_id = journal.id GROUP BY 1, 2, 3, 4));
    END IF;

    SELECT coalesce(sum(entry.amount) FILTER (WHERE entry.lot_id IS NULL), 0),
        count(*) FILTER (WHERE entry.lot_id IS NULL),
        coalesce(sum(entry.amount) FILTER (WHERE lot.corrected_id = reversed.id), 0),
        count(*) FILTER (WHERE lot.corrected_id = reversed.id AND entry.amount = lot.amount)
    INTO settles, settling, back, backs
    FROM billing_entry entry LEFT JOIN billing_creditlot lot ON lot.id = entry.lot_id
    WHERE entry.journal_id = journal.id AND entry.account_id = 2010;
    SELECT count(*) INTO others FROM billing_entry
        WHERE journal_id = reversed.id AND NOT (account_id = 2010 AND lot_id IS NULL);
    IF settles + back <> beyond OR settles < 0 OR back < 0
       OR settling > 1 OR backs > 1 OR (back > 0) <> (backs = 1)
       OR journal.legs <> others + settling + backs
       OR EXISTS (
            (SELECT account_id, wallet_id, lot_id, -amount, count(*) FROM billing_entry
             WHERE journal_id = reversed.id AND NOT (account_id = 2010 AND lot_id IS NULL)
             GROUP BY 1, 2, 3, 4)
            EXCEPT
            (SELECT account_id, wallet_id, lot_id, amount, count(*) FROM billing_entry
             WHERE journal_id = journal.id GROUP BY 1, 2, 3, 4)) THEN
        RETURN false;
    END IF;

    -- What is owed is settled first, and no more than that is left in no lot.
    SELECT wallet.paid - coalesce((
        SELECT sum(lot.remaining) FROM billing_creditlot lot
        WHERE lot.wallet_id = wallet.account_id AND lot.nature = 'paid' AND lot.remaining > 0
    ), 0) INTO loose
    FROM billing_wallet wallet WHERE wallet.account_id = journal.account_id;
    IF (settles > 0 AND loose > 0) OR (back > 0 AND loose < 0) THEN
        RETURN false;
    END IF;
    IF back > 0 AND billing_settled_by_payments(journal.account_id) < 0 THEN
        RAISE EXCEPTION 'what journal % left owed was written off', reversed.id
            USING ERRCODE = 'BL005';
    END IF;
    RETURN true;
END
$$;
"""
MIRRORS_REVERSE = """
DROP FUNCTION billing_mirrors(billing_journal, billing_journal);
DROP FUNCTION billing_settled_by_payments(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0020_floors")]

    operations = [
        migrations.AddField(
            model_name="creditlot",
            name="corrected",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="given_back",
                to="billing.journal",
                verbose_name="given back of",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditlot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("corrected__isnull", True), ("nature", "paid"), _connector="OR"
                ),
                name="billing_creditlot_given_back_is_paid",
            ),
        ),
        migrations.RunSQL(NEW_LOT, NEW_LOT_BEFORE),
        migrations.RunSQL(MIRRORS, MIRRORS_REVERSE),
        migrations.RunSQL(DECIDED, DECIDED_BEFORE),
    ]
