"""What a statement writes is checked as a set, once, where its journals are.

Before, an entry was looked at four times by foreign keys, row by row at the commit, and by a
trigger of its own; a charge moved its wallet twice. Now the trigger of journals asks for
everything: that what entries name exists, that they are as many as they should be and balance,
each allowed for its kind. Entries that come without their journal, and journals of usage
without their charge, are refused (docs/decisions/0011).
"""

from importlib import import_module

from django.db import migrations

from common.sql import OWNER_ROLE

_guards = import_module("billing.migrations.0002_guards")
_crossings = import_module("billing.migrations.0006_crossings")
_totals = import_module("billing.migrations.0010_totals")
MOMENT: str = _crossings.MOMENT


def function_of(sql: str) -> str:
    """The first function that `sql` makes, to be put in the place of a newer one."""
    return sql.split("$$;")[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION") + "$$;"


# Journals come once in whoever's transaction, in this order: the lock of the close, the moment
# of recording. Rows of the owner's functions are stamped by these, all of a statement alike,
# and compared with the clock below; whatever anybody else says is written over, as before.
BEGIN = f"""
CREATE OR REPLACE FUNCTION billing_begin_posting() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    -- An older snapshot would not show what was closed while this one waited.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'journals are written in transactions that read what is committed'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
    PERFORM pg_advisory_xact_lock_shared({_guards.CLOSE_LOCK});
    RETURN NULL;
END
$$;
"""


def stamped(table: str, function: str) -> migrations.RunSQL:
    made = f"CREATE TRIGGER {table}_is_stamped BEFORE INSERT ON {table} FOR EACH ROW"
    dropped = f"DROP TRIGGER {table}_is_stamped ON {table};"
    return migrations.RunSQL(
        f"{dropped} {made} WHEN (current_user <> '{OWNER_ROLE}') EXECUTE FUNCTION {function}();",
        f"{dropped} {made} EXECUTE FUNCTION {function}();",
    )


# Of those that crossed something: nothing left to spend, money come in, below the threshold.
CROSSED = f"""
CREATE FUNCTION billing_crossed(spent bigint[], filled bigint[], low bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    IF filled IS NOT NULL THEN
        UPDATE accounts_condition waiting SET cleared_at = {MOMENT}
        FROM billing_wallet wallet
        WHERE wallet.account_id = ANY (filled) AND waiting.account_id = wallet.account_id
          AND waiting.source = 'balance_spent' AND waiting.cleared_at IS NULL
          AND wallet.paid + wallet.granted - wallet.floor > coalesce((
              SELECT sum(lot.remaining) FROM billing_creditlot lot
              WHERE lot.wallet_id = wallet.account_id AND NOT lot.spent
                AND lot.nature = 'granted' AND lot.expires_at <= common_now()), 0);
    END IF;
    IF low IS NOT NULL THEN
        INSERT INTO billing_occasion (account_id, kind, amount, threshold, noticed_at)
            SELECT account_id, 'low_balance', paid + granted - floor, alert_below, {MOMENT}
            FROM billing_wallet WHERE account_id = ANY (low) ORDER BY account_id;
    END IF;
    IF spent IS NOT NULL THEN
        PERFORM billing_withhold(spent);
    END IF;
END
$$;
REVOKE ALL ON FUNCTION billing_crossed(bigint[], bigint[], bigint[]) FROM PUBLIC;
"""
# By the functions that post, all wallets of a statement at once; by hand, one by one.
BY_HAND = "UPDATE OF floor, alert_below"


def crossing(when: str) -> str:
    dropped = "".join(
        f"DROP TRIGGER billing_wallet_is_{word} ON billing_wallet;\n"
        for word in ("spent", "filled", "low")
    )
    both: str = _crossings.ACCESS + _crossings.ALERTS
    made = [f"CREATE TRIGGER{piece}" for piece in both.split("CREATE TRIGGER")[1:]]
    of_wallets = [piece.split(";\n")[0] + ";\n" for piece in made if "ON billing_wallet" in piece]
    return dropped + "".join(of_wallets).replace("AFTER UPDATE ON", f"AFTER {when} ON")


# Which of them is wrong, and how, in the words there always were.
REFUSE = """
CREATE FUNCTION billing_refuse(written bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    closed timestamptz := (SELECT max(through) FROM billing_periodclose);
    wrong record;
BEGIN
    IF EXISTS (SELECT FROM billing_journal WHERE id = ANY (written) AND effective_at < closed) THEN
        RAISE EXCEPTION 'everything effective before % is closed', closed USING ERRCODE = 'BL001';
    END IF;
    SELECT journal.id, has.legs INTO wrong
    FROM billing_journal journal
    CROSS JOIN LATERAL (
        SELECT count(*) AS legs, sum(amount) AS total
        FROM billing_entry entry WHERE entry.journal_id = journal.id) has
    WHERE journal.id = ANY (written)
      AND (has.legs <> journal.legs OR has.total IS DISTINCT FROM 0)
    ORDER BY has.legs LIMIT 1;
    IF wrong.legs = 0 THEN
        RAISE EXCEPTION 'journal % has no entries: they are written by the same statement',
            wrong.id USING ERRCODE = 'check_violation';
    ELSIF wrong.id IS NOT NULL THEN
        RAISE EXCEPTION 'journal % does not have the entries it should, or they do not balance',
            wrong.id USING ERRCODE = 'check_violation';
    END IF;
    SELECT entry.id, entry.account_id, journal.kind,
        rule.sign IS NULL AND (journal.kind <> 'correction' OR ledger.code IS NULL) AS of_no_rule,
        entry.wallet_id IS NOT NULL
            AND entry.wallet_id IS DISTINCT FROM journal.account_id AS of_another
    INTO wrong
    FROM billing_journal journal
    JOIN billing_entry entry ON entry.journal_id = journal.id
    LEFT JOIN billing_ledgeraccount ledger ON ledger.code = entry.account_id
    LEFT JOIN billing_legrule rule ON rule.kind = journal.kind
        AND rule.account_id = entry.account_id AND rule.sign = sign(entry.amount)
    LEFT JOIN billing_creditlot lot ON lot.id = entry.lot_id
    WHERE journal.id = ANY (written) AND (
        (rule.sign IS NULL AND (journal.kind <> 'correction' OR ledger.code IS NULL))
        OR (entry.wallet_id IS NOT NULL AND entry.wallet_id IS DISTINCT FROM journal.account_id)
        OR (entry.lot_id IS NOT NULL AND lot.wallet_id IS DISTINCT FROM entry.wallet_id)
        OR (lot.nature = 'paid') <> (entry.account_id IN (2010, 2030))
        OR (journal.kind IN ('charge', 'hold') AND lot.expires_at <= common_now())
        OR (journal.kind = 'expiry' AND lot.expires_at > common_now()))
    LIMIT 1;
    IF wrong.of_no_rule THEN
        RAISE EXCEPTION 'a % does not move account % in that direction', wrong.kind,
            wrong.account_id USING ERRCODE = 'check_violation';
    ELSIF wrong.of_another THEN
        RAISE EXCEPTION 'entry % is not of the account of its journal', wrong.id
            USING ERRCODE = 'check_violation';
    ELSIF wrong.id IS NOT NULL THEN
        RAISE EXCEPTION 'entry % is not of its lot', wrong.id USING ERRCODE = 'check_violation';
    END IF;
    SELECT journal.id INTO wrong FROM billing_journal journal
    WHERE journal.id = ANY (written) AND journal.account_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM billing_wallet wallet WHERE wallet.account_id = journal.account_id);
    IF wrong.id IS NOT NULL THEN
        RAISE EXCEPTION 'journal % is of an account that has no wallet', wrong.id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RAISE EXCEPTION 'a journal is not what its charge says, or not of this moment'
        USING ERRCODE = 'check_violation';
END
$$;
REVOKE ALL ON FUNCTION billing_refuse(bigint[]) FROM PUBLIC;
"""

# Plans are kept as long as a connection is, so they are those of any size: one look into an
# index for each row written, never through a table that was small when it was planned.
JOURNALS = """
CREATE OR REPLACE FUNCTION billing_check_journals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_mergejoin = off SET enable_hashjoin = off
AS $$
DECLARE
    began timestamptz := common_now();
    seen record;
    crossed record;
BEGIN
    SELECT bool_and((
            has.legs = journal.legs AND has.total = 0 AND has.allowed
            AND (journal.effective_at < (SELECT max(through) FROM billing_periodclose))
                IS NOT TRUE
            AND (charge.id IS NULL OR charge.posted = -has.own)
            AND journal.transaction = pg_current_xact_id()
            AND journal.recorded_at >= began
            AND journal.recorded_at <= clock_timestamp() + (began - statement_timestamp())
        ) IS TRUE) AS good,
        bool_or(charge.id IS NULL) AS others
    INTO seen
    FROM written journal
    LEFT JOIN billing_charge charge ON charge.journal_id = journal.id
    CROSS JOIN LATERAL (
        SELECT count(*) AS legs, sum(entry.amount) AS total,
            sum(entry.amount) FILTER (WHERE entry.wallet_id IS NOT NULL) AS own,
            bool_and((
                (rule.sign IS NOT NULL OR (journal.kind = 'correction' AND EXISTS (
                    SELECT FROM billing_ledgeraccount WHERE code = entry.account_id)))
                AND (entry.wallet_id IS NULL OR entry.wallet_id = journal.account_id)
                AND (entry.lot_id IS NULL OR (
                    lot.wallet_id = entry.wallet_id
                    AND (lot.nature = 'paid') = (entry.account_id IN (2010, 2030))
                    AND (lot.expires_at IS NULL OR CASE
                        WHEN journal.kind IN ('charge', 'hold') THEN lot.expires_at > common_now()
                        WHEN journal.kind = 'expiry' THEN lot.expires_at <= common_now()
                        ELSE true END)))) IS TRUE) AS allowed
        FROM billing_entry entry
        LEFT JOIN billing_legrule rule ON rule.kind = journal.kind
            AND rule.account_id = entry.account_id
            AND rule.sign = (CASE WHEN entry.amount > 0 THEN 1 ELSE -1 END)::smallint
        LEFT JOIN billing_creditlot lot ON lot.id = entry.lot_id
        WHERE entry.journal_id = journal.id) has;
    IF NOT seen.good THEN
        PERFORM billing_refuse(ARRAY(SELECT id FROM written));
    END IF;

    -- What charges move, their own trigger does, together with what was rated.
    IF seen.others THEN
        IF EXISTS (
            SELECT FROM written journal WHERE journal.account_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM billing_wallet wallet
                WHERE wallet.account_id = journal.account_id)) THEN
            PERFORM billing_refuse(ARRAY(SELECT id FROM written));
        END IF;
        WITH moved AS (
            SELECT entry.wallet_id,
                coalesce(sum(amount) FILTER (WHERE entry.account_id = 2010), 0) AS paid,
                coalesce(sum(amount) FILTER (WHERE entry.account_id = 2020), 0) AS granted,
                coalesce(sum(amount) FILTER (WHERE entry.account_id = 2030), 0) AS held_paid,
                coalesce(sum(amount) FILTER (WHERE entry.account_id = 2031), 0) AS held_granted
            FROM written journal JOIN billing_entry entry ON entry.journal_id = journal.id
            WHERE entry.wallet_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM billing_charge charge WHERE charge.journal_id = journal.id)
            GROUP BY entry.wallet_id
        ), changed AS (
            UPDATE billing_wallet wallet
            SET paid = wallet.paid + moved.paid,
                granted = wallet.granted + moved.granted,
                held_paid = wallet.held_paid + moved.held_paid,
                held_granted = wallet.held_granted + moved.held_granted
            FROM moved WHERE wallet.account_id = moved.wallet_id
            RETURNING wallet.account_id, wallet.alert_below, moved.paid + moved.granted AS more,
                wallet.paid + wallet.granted - wallet.floor AS leaves
        )
        SELECT array_agg(account_id) FILTER (WHERE leaves <= 0 AND leaves - more > 0) AS spent,
            array_agg(account_id) FILTER (WHERE more > 0) AS filled,
            array_agg(account_id) FILTER (
                WHERE leaves < alert_below AND (leaves - more < alert_below) IS NOT TRUE) AS low
        INTO crossed FROM changed;
        PERFORM billing_crossed(crossed.spent, crossed.filled, crossed.low);
    END IF;

    UPDATE billing_creditlot lot
    SET remaining = lot.remaining + moved.amount
    FROM (
        SELECT entry.lot_id, sum(entry.amount) AS amount
        FROM written journal JOIN billing_entry entry ON entry.journal_id = journal.id
        WHERE entry.lot_id IS NOT NULL AND entry.account_id IN (2010, 2020)
        GROUP BY entry.lot_id) moved
    WHERE lot.id = moved.lot_id;

    IF seen.others THEN
        IF EXISTS (
            SELECT FROM written journal WHERE journal.kind = 'charge' AND NOT EXISTS (
                SELECT FROM billing_charge charge WHERE charge.journal_id = journal.id)) THEN
            RAISE EXCEPTION 'usage is posted together with its charge'
                USING ERRCODE = 'check_violation';
        END IF;
        PERFORM billing_check_decided(journal.id) FROM written journal
            WHERE journal.request_id IS NOT NULL OR journal.reverses_id IS NOT NULL;
    END IF;
    RETURN NULL;
END
$$;
"""

# What is appended later is one too many: a journal has been counted with its statement.
ENTRIES = """
CREATE OR REPLACE FUNCTION billing_check_entries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_mergejoin = off SET enable_hashjoin = off
AS $$
DECLARE
    wrong bigint;
BEGIN
    SELECT touched.journal_id INTO wrong
    FROM (SELECT DISTINCT journal_id FROM written) touched
    LEFT JOIN billing_journal journal ON journal.id = touched.journal_id
    WHERE journal.legs IS DISTINCT FROM (
        SELECT count(*) FROM billing_entry entry WHERE entry.journal_id = touched.journal_id)
    LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'journal % does not have the entries it should, or they do not balance',
            wrong USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
"""

# A charge and its journal are of one statement, a journal has one charge at most, and one of
# usage has one: so what a charge moves is moved once, here.
CHARGES = """
CREATE OR REPLACE FUNCTION billing_check_charges() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_mergejoin = off SET enable_hashjoin = off
AS $$
DECLARE
    seen record;
BEGIN
    WITH moved AS (
        SELECT charge.wallet_id, sum(charge.exact) AS exact, sum(charge.posted) AS posted,
            sum(has.paid) AS paid, sum(has.granted) AS granted,
            bool_and((charge.recorded_at = (SELECT common_now()) AND (
                charge.journal_id IS NULL OR (
                    journal.kind = 'charge' AND journal.account_id = charge.wallet_id
                    AND journal.transaction = pg_current_xact_id()
                    AND charge.posted = -(has.paid + has.granted)))) IS TRUE) AS good
        FROM written charge
        LEFT JOIN billing_journal journal ON journal.id = charge.journal_id
        CROSS JOIN LATERAL (
            SELECT
                coalesce(sum(entry.amount) FILTER (WHERE entry.account_id = 2010), 0) AS paid,
                coalesce(sum(entry.amount) FILTER (WHERE entry.account_id = 2020), 0) AS granted
            FROM billing_entry entry
            WHERE entry.journal_id = charge.journal_id
              AND entry.wallet_id = charge.wallet_id) has
        GROUP BY charge.wallet_id
    ), changed AS (
        UPDATE billing_wallet wallet
        SET rated = wallet.rated + moved.exact,
            paid = wallet.paid + moved.paid,
            granted = wallet.granted + moved.granted
        FROM moved WHERE wallet.account_id = moved.wallet_id
        RETURNING wallet.account_id, wallet.alert_below, moved.good,
            round(wallet.rated) - round(wallet.rated - moved.exact) - moved.posted AS drift,
            moved.paid + moved.granted AS more,
            wallet.paid + wallet.granted - wallet.floor AS leaves
    )
    SELECT count(*) FILTER (WHERE good) AS good, (SELECT count(*) FROM moved) AS wallets,
        min(account_id) FILTER (WHERE drift <> 0) AS drifting,
        array_agg(account_id) FILTER (WHERE leaves <= 0 AND leaves - more > 0) AS spent,
        array_agg(account_id) FILTER (
            WHERE leaves < alert_below AND (leaves - more < alert_below) IS NOT TRUE) AS low
    INTO seen FROM changed;
    IF seen.good <> seen.wallets THEN
        RAISE EXCEPTION 'a charge is not what its journal took'
            USING ERRCODE = 'check_violation';
    END IF;
    IF seen.drifting IS NOT NULL THEN
        RAISE EXCEPTION 'charges of account % are not rounded from their sum', seen.drifting
            USING ERRCODE = 'check_violation';
    END IF;
    IF seen.spent IS NOT NULL OR seen.low IS NOT NULL THEN
        PERFORM billing_crossed(seen.spent, NULL, seen.low);
    END IF;
    RETURN NULL;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0017_charging_in_fewer_steps")]

    operations = [
        migrations.RunSQL(BEGIN, function_of(_totals.ONE_BY_ONE)),
        migrations.RunSQL(CROSSED, "DROP FUNCTION billing_crossed(bigint[], bigint[], bigint[]);"),
        migrations.RunSQL(crossing(BY_HAND), crossing("UPDATE")),
        migrations.RunSQL(REFUSE, "DROP FUNCTION billing_refuse(bigint[]);"),
        migrations.RunSQL(
            JOURNALS,
            function_of(_guards.JOURNALS)
            + "ALTER FUNCTION billing_check_journals() SECURITY INVOKER;",
        ),
        migrations.RunSQL(ENTRIES, function_of(_guards.ENTRIES)),
        migrations.RunSQL(CHARGES, function_of(_guards.CHARGES)),
        stamped("billing_journal", "billing_stamp"),
        stamped("billing_charge", "common_stamp"),
    ]
