"""Usage is checked with its charge: one charge as a row, many as a set, by the same words.

The trigger of journals had checked usage together with everything else, and that of charges moved
the wallet; each read the entries again. Now the one of charges does both, and the one of journals
leaves usage to it. Where a statement writes a single charge, which most do, the database no longer
sets up sums over sets of one: it took a third of the time of a charge (docs/decisions/0011).

The owner's functions write no journal but with its charge, so within them the trigger of journals
does not run, as that of entries does not.
"""

from importlib import import_module

from django.db import migrations

from common.sql import OWNER_ROLE

_before = import_module("billing.migrations.0028_fewer_steps_a_charge")
_plans = import_module("billing.migrations.0029_a_charge_keeps_its_plans")
_rules = import_module("billing.migrations.0027_asked_of_the_set")

MOMENT = _before.MOMENT
CLOSED = "(SELECT max(through) FROM billing_periodclose)"
TRIGGER = """
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_mergejoin = off SET enable_hashjoin = off
AS $$"""

# Journals of which no charge is written with them.
WITHOUT_CHARGE = """NOT EXISTS (
                SELECT FROM billing_charge charge WHERE charge.journal_id = journal.id)"""
JOURNALS = f"""
CREATE OR REPLACE FUNCTION billing_check_journals() {TRIGGER}
DECLARE
    seen record;
    crossed record;
BEGIN
    SELECT count(*) AS journals, bool_and((
            has.legs = journal.legs AND has.total = 0 AND has.allowed
            AND (journal.effective_at < {CLOSED}) IS NOT TRUE
{_rules.OF_JOURNALS[1:]}
            AND journal.transaction = pg_current_xact_id()
            AND journal.recorded_at >= this.began
            AND journal.recorded_at <= clock_timestamp() + (this.began - statement_timestamp())
        ) IS TRUE) AS good
    INTO seen
    FROM (SELECT {MOMENT} AS began) this
    CROSS JOIN written journal
    CROSS JOIN LATERAL (
        SELECT count(*) AS legs, sum(entry.amount) AS total,
            bool_and((
                (rule.sign IS NOT NULL OR (journal.kind = 'correction' AND EXISTS (
                    SELECT FROM billing_ledgeraccount WHERE code = entry.account_id)))
{_rules.OF_ENTRIES[1:]}
                AND (entry.wallet_id IS NULL OR entry.wallet_id = journal.account_id)
                AND (entry.lot_id IS NULL OR (
                    lot.wallet_id = entry.wallet_id
                    AND (lot.nature = 'paid') = (entry.account_id IN (2010, 2030))
                    AND (lot.expires_at IS NULL OR CASE
                        WHEN journal.kind = 'hold' THEN lot.expires_at > this.began
                        WHEN journal.kind = 'expiry' THEN lot.expires_at <= this.began
                        ELSE true END)))) IS TRUE) AS allowed
        FROM billing_entry entry
        LEFT JOIN billing_legrule rule ON rule.kind = journal.kind
            AND rule.account_id = entry.account_id
            AND rule.sign = (CASE WHEN entry.amount > 0 THEN 1 ELSE -1 END)::smallint
        LEFT JOIN billing_creditlot lot ON lot.id = entry.lot_id
        WHERE entry.journal_id = journal.id) has
    WHERE {WITHOUT_CHARGE};
    IF seen.journals = 0 THEN
        RETURN NULL;
    END IF;
    IF NOT seen.good THEN
        PERFORM billing_refuse(ARRAY(SELECT id FROM written journal WHERE {WITHOUT_CHARGE}));
    END IF;
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
        WHERE entry.wallet_id IS NOT NULL AND {WITHOUT_CHARGE}
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

    UPDATE billing_creditlot lot
    SET remaining = lot.remaining + moved.amount
    FROM (
        SELECT entry.lot_id, sum(entry.amount) AS amount
        FROM written journal JOIN billing_entry entry ON entry.journal_id = journal.id
        WHERE entry.lot_id IS NOT NULL AND entry.account_id IN (2010, 2020) AND {WITHOUT_CHARGE}
        GROUP BY entry.lot_id) moved
    WHERE lot.id = moved.lot_id;

    IF EXISTS (
        SELECT FROM written journal WHERE journal.kind = 'charge' AND {WITHOUT_CHARGE}) THEN
        RAISE EXCEPTION 'usage is posted together with its charge'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT FROM written journal WHERE journal.actor_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM accounts_user person WHERE person.id = journal.actor_id)) THEN
        RAISE EXCEPTION 'a journal is of a person who does not exist'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    PERFORM billing_check_decided(journal.id) FROM written journal
        WHERE journal.request_id IS NOT NULL OR journal.reverses_id IS NOT NULL;
    RETURN NULL;
END
$$;
"""

# Of a charge's journal: what its entries come to, whether each of them may be there.
HAS = f"""count(entry.id) AS counted, sum(entry.amount) AS total,
                coalesce(sum(entry.amount) FILTER (WHERE entry.account_id = 2010), 0) AS paid,
                coalesce(sum(entry.amount) FILTER (WHERE entry.account_id = 2020), 0) AS granted,
                bool_and((
                    rule.sign IS NOT NULL
{_rules.OF_ENTRIES[1:]}
                    AND (entry.wallet_id IS NULL OR entry.wallet_id = journal.account_id)
                    AND (entry.lot_id IS NULL OR (
                        lot.wallet_id = entry.wallet_id
                        AND (lot.nature = 'paid') = (entry.account_id IN (2010, 2030))
                        AND (lot.expires_at IS NULL OR lot.expires_at > this.moment)))
                    ) IS TRUE) AS allowed"""
RULED = """LEFT JOIN billing_legrule rule ON rule.kind = 'charge'
                AND rule.account_id = entry.account_id
                AND rule.sign = (CASE WHEN entry.amount > 0 THEN 1 ELSE -1 END)::smallint
            LEFT JOIN billing_creditlot lot ON lot.id = entry.lot_id"""


def of_usage(journal: str) -> str:
    """Whether the journal of `charge`, if it has one, is of usage. One of before has its charge
    already, and gets no second."""
    return f"(charge.journal_id IS NULL OR {journal}.kind = 'charge') IS TRUE"


def good(journal: str, has: str, moment: str) -> str:
    """Whether `charge` is what it should be, and what its journal took."""
    return f"""(charge.recorded_at = {moment} AND charge.exact >= 0 AND charge.posted >= 0
                AND (charge.posted = 0) = (charge.journal_id IS NULL)
                AND (charge.journal_id IS NULL OR ({journal}.account_id = charge.wallet_id
                    AND charge.posted = -({has}.paid + {has}.granted)))) IS TRUE"""


def whole(journal: str, has: str, moment: str, closed: str) -> str:
    """Whether the journal of `charge`, if it has one, is what a journal should be."""
    return f"""(charge.journal_id IS NULL OR (
                {has}.counted = {journal}.legs AND {journal}.legs >= 2
                AND {has}.total = 0 AND {has}.allowed
                AND ({journal}.effective_at < {closed}) IS NOT TRUE
                AND {journal}.reverses_id IS NULL AND {journal}.request_id IS NULL
                AND {journal}.transaction = pg_current_xact_id()
                AND {journal}.recorded_at >= {moment}
                AND {journal}.recorded_at
                    <= clock_timestamp() + ({moment} - statement_timestamp()))) IS TRUE"""


def attributed(charges: str) -> str:
    """Refuses `charges`, a query, if they name what is not there."""
    return f"""EXISTS ({charges}
        WHERE {_before.MISSING}) THEN
        RAISE EXCEPTION 'a charge names a key, service, model, region or client that is unknown'
            USING ERRCODE = 'foreign_key_violation';
    END IF;"""


NAMES = f"num_nonnulls({_before.ALL}) > 0"
NOT_WHAT_WAS_TAKEN = """RAISE EXCEPTION 'a charge is not what its journal took'
            USING ERRCODE = 'check_violation';"""
CHARGES = f"""
CREATE OR REPLACE FUNCTION billing_check_charges() {TRIGGER}
#variable_conflict use_column
DECLARE
    charge billing_charge;
    one record;
    after_it record;
    seen record;
    charges integer := 0;
BEGIN
    FOR charge IN SELECT * FROM written LIMIT 2 LOOP
        charges := charges + 1;
    END LOOP;
    IF charges = 1 THEN
        SELECT this.moment, {CLOSED} AS closed, journal.kind, journal.account_id, journal.legs,
            journal.effective_at, journal.recorded_at, journal.transaction, journal.reverses_id,
            journal.request_id, min(entry.lot_id) AS lot, max(entry.lot_id) AS last_lot,
            sum(entry.amount) FILTER (WHERE entry.lot_id IS NOT NULL) AS of_lot,
            {HAS}
        INTO one
        FROM (SELECT {MOMENT} AS moment) this
        LEFT JOIN billing_journal journal ON journal.id = charge.journal_id
        LEFT JOIN billing_entry entry ON entry.journal_id = journal.id
            {RULED}
        GROUP BY this.moment, journal.id;
        -- As a row, unless it draws on several lots.
        IF one.lot IS NOT DISTINCT FROM one.last_lot THEN
            IF NOT {of_usage("one")} THEN
                {NOT_WHAT_WAS_TAKEN}
            END IF;
            IF NOT {whole("one", "one", "one.moment", "one.closed")} THEN
                PERFORM billing_refuse(ARRAY[charge.journal_id]);
            END IF;
            IF NOT {good("one", "one", "one.moment")} THEN
                {NOT_WHAT_WAS_TAKEN}
            END IF;
            IF {NAMES} AND {attributed(f"SELECT FROM (SELECT {_before.ALL}) named")}
            UPDATE billing_wallet wallet
            SET rated = wallet.rated + charge.exact,
                paid = wallet.paid + one.paid,
                granted = wallet.granted + one.granted
            WHERE wallet.account_id = charge.wallet_id
            RETURNING round(wallet.rated) - round(wallet.rated - charge.exact) - charge.posted AS drift,
                wallet.alert_below, one.paid + one.granted AS more,
                wallet.paid + wallet.granted - wallet.floor AS leaves
            INTO after_it;
            IF NOT FOUND THEN
                {NOT_WHAT_WAS_TAKEN}
            END IF;
            IF after_it.drift <> 0 THEN
                RAISE EXCEPTION 'charges of account % are not rounded from their sum', charge.wallet_id
                    USING ERRCODE = 'check_violation';
            END IF;
            IF one.lot IS NOT NULL THEN
                UPDATE billing_creditlot lot SET remaining = lot.remaining + one.of_lot
                WHERE lot.id = one.lot;
            END IF;
            IF after_it.leaves <= 0 OR after_it.leaves < after_it.alert_below THEN
                PERFORM billing_crossed(
                    CASE WHEN after_it.leaves <= 0 AND after_it.leaves - after_it.more > 0
                        THEN ARRAY[charge.wallet_id] END,
                    NULL,
                    CASE WHEN after_it.leaves < after_it.alert_below
                        AND (after_it.leaves - after_it.more < after_it.alert_below) IS NOT TRUE
                        THEN ARRAY[charge.wallet_id] END);
            END IF;
            RETURN NULL;
        END IF;
    END IF;

    WITH moved AS (
        SELECT charge.wallet_id, sum(charge.exact) AS exact, sum(charge.posted) AS posted,
            bool_or({NAMES}) AS names,
            sum(has.paid) AS paid, sum(has.granted) AS granted,
            bool_and({of_usage("journal")}) AS of_usage,
            bool_and({whole("journal", "has", "this.moment", CLOSED)}) AS whole,
            bool_and({good("journal", "has", "this.moment")}) AS good
        FROM (SELECT {MOMENT} AS moment) this
        CROSS JOIN written charge
        LEFT JOIN billing_journal journal ON journal.id = charge.journal_id
        CROSS JOIN LATERAL (
            SELECT {HAS}
            FROM billing_entry entry
            {RULED}
            WHERE entry.journal_id = charge.journal_id) has
        GROUP BY charge.wallet_id
    ), changed AS (
        UPDATE billing_wallet wallet
        SET rated = wallet.rated + moved.exact,
            paid = wallet.paid + moved.paid,
            granted = wallet.granted + moved.granted
        FROM moved WHERE wallet.account_id = moved.wallet_id
            AND moved.of_usage AND moved.whole AND moved.good
        RETURNING wallet.account_id, wallet.alert_below, moved.names,
            round(wallet.rated) - round(wallet.rated - moved.exact) - moved.posted AS drift,
            moved.paid + moved.granted AS more,
            wallet.paid + wallet.granted - wallet.floor AS leaves
    ), drawn AS (
        UPDATE billing_creditlot lot
        SET remaining = lot.remaining + used.amount
        FROM (
            SELECT entry.lot_id, sum(entry.amount) AS amount
            FROM written charge JOIN billing_entry entry ON entry.journal_id = charge.journal_id
            WHERE entry.lot_id IS NOT NULL GROUP BY entry.lot_id) used
        WHERE lot.id = used.lot_id AND (
            SELECT bool_and(of_usage AND whole AND good) FROM moved)
    )
    SELECT (SELECT bool_and(of_usage) FROM moved) AS of_usage,
        (SELECT bool_and(whole) FROM moved) AS whole, (SELECT count(*) FROM moved) AS wallets,
        count(*) AS good, bool_or(names) AS names,
        min(account_id) FILTER (WHERE drift <> 0) AS drifting,
        array_agg(account_id) FILTER (WHERE leaves <= 0 AND leaves - more > 0) AS spent,
        array_agg(account_id) FILTER (
            WHERE leaves < alert_below AND (leaves - more < alert_below) IS NOT TRUE) AS low
    INTO seen FROM changed;
    IF NOT seen.of_usage THEN
        {NOT_WHAT_WAS_TAKEN}
    END IF;
    IF NOT seen.whole THEN
        PERFORM billing_refuse(ARRAY(SELECT journal_id FROM written));
    END IF;
    IF seen.good <> seen.wallets THEN
        {NOT_WHAT_WAS_TAKEN}
    END IF;
    IF seen.names AND {attributed(f"SELECT FROM (SELECT DISTINCT {_before.ALL} FROM written charge) named")}
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

# As an expression it needs no plan of its own; what a statement after it sees is the same.
ONE = _rules.changed(
    _before.ONE,
    (
        "    PERFORM pg_advisory_xact_lock_shared(4906001);\n",
        "    IF pg_advisory_xact_lock_shared(4906001) IS NULL THEN\n        RETURN;\n    END IF;\n",
    ),
)
KEEPS_ITS_PLANS = f"ALTER FUNCTION {_plans.ONE} SET plan_cache_mode = force_generic_plan;"

WHOLE = """
DROP TRIGGER billing_journal_is_whole ON billing_journal;
CREATE TRIGGER billing_journal_is_whole AFTER INSERT ON billing_journal
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT {when} EXECUTE FUNCTION billing_check_journals();
"""
WITHIN_FUNCTIONS = f"current_user = '{OWNER_ROLE}' AND session_user <> '{OWNER_ROLE}'"


class Migration(migrations.Migration):
    dependencies = [("billing", "0029_a_charge_keeps_its_plans")]

    # Together, in one transaction: of both triggers each leaves a part to the other.
    operations = [
        migrations.RunSQL(
            WHOLE.format(when=f"WHEN (NOT ({WITHIN_FUNCTIONS}))"), WHOLE.format(when="")
        ),
        migrations.RunSQL(CHARGES, _before.CHARGES),
        migrations.RunSQL(JOURNALS, _before.JOURNALS),
        migrations.RunSQL(ONE + KEEPS_ITS_PLANS, _before.ONE + KEEPS_ITS_PLANS),
    ]
