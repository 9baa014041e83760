"""Charging the same in fewer and cheaper steps.

One question where there were four (was the line seen, the first lot, the rate, the open
period); nothing is looked at line by line that can be looked at once; rows carry the moment
and need no default worked out for each. Plans are by index whatever the size of the tables was
when they were made, as they are kept for the life of a connection.
"""

from importlib import import_module

from django.db import migrations

from common.sql import APP_ROLE

_guards = import_module("billing.migrations.0002_guards")
_charging = import_module("billing.migrations.0004_charging")

# As in 0002, of each account once.
LOCK = """
CREATE OR REPLACE FUNCTION billing_lock(accounts bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
DECLARE
    once bigint[] := ARRAY(SELECT DISTINCT each FROM unnest(accounts) each ORDER BY each);
BEGIN
    IF (SELECT count(*) FROM billing_wallet WHERE account_id = ANY (once)) < cardinality(once) THEN
        INSERT INTO billing_wallet (account_id)
            SELECT each FROM unnest(once) each ORDER BY each
            ON CONFLICT DO NOTHING;
    END IF;
    PERFORM FROM billing_wallet WHERE account_id = ANY (once)
        ORDER BY account_id FOR NO KEY UPDATE;
END
$$;
"""

# In the order in which they are consumed.
IN_ORDER = "nature = 'paid', priority, expires_at NULLS LAST, id"

# Rows are stamped with this moment: had after the wallet and the lock of the close, so that
# moments follow each other as postings do.
MOMENT = "clock_timestamp() + (at - statement_timestamp())"

ONE = f"""
CREATE OR REPLACE FUNCTION billing_charge_one(
    given_key text, given_hash text, given_account bigint, given_exact numeric,
    given_used timestamptz, given_api_key bigint, given_service bigint, given_model bigint,
    given_region bigint, given_quantities jsonb, given_client bigint,
    OUT verdict text, OUT charge_id bigint, OUT taken bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
DECLARE
    at timestamptz;
    wallet record;
    there record;
    lot record;
    owing bigint := 0;
    part bigint;
    tax bigint;
    granted bigint := 0;
    ledgers smallint[] := '{{}}';
    wallets bigint[] := '{{}}';
    lots bigint[] := '{{}}';
    amounts bigint[] := '{{}}';
BEGIN
    SELECT paid, floor, rated INTO wallet FROM billing_wallet WHERE account_id = given_account
        FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM billing_lock(ARRAY[given_account]);
        SELECT paid, floor, rated INTO wallet FROM billing_wallet
            WHERE account_id = given_account;
    END IF;
    PERFORM pg_advisory_xact_lock_shared({_guards.CLOSE_LOCK});
    -- Everything from here on sees what the others committed while this one waited.
    at := common_now();
    SELECT known.id AS charge, known.request_hash, known.posted,
        (SELECT rate FROM billing_taxrate WHERE in_force_from <= at
            ORDER BY in_force_from DESC LIMIT 1) AS vat,
        (SELECT max(through) FROM billing_periodclose) AS open_from,
        first.id AS lot, first.nature, first.remaining
    INTO there
    FROM (VALUES (1)) alone
    LEFT JOIN billing_charge known ON known.key = given_key
    LEFT JOIN LATERAL (
        SELECT id, nature, remaining FROM billing_creditlot
        WHERE wallet_id = given_account AND NOT spent
          AND (expires_at IS NULL OR expires_at > at)
        ORDER BY {IN_ORDER} LIMIT 1) first ON true;
    IF there.charge IS NOT NULL THEN
        verdict := CASE WHEN there.request_hash = given_hash THEN 'known' ELSE 'key_taken' END;
        charge_id := there.charge;
        taken := there.posted;
        RETURN;
    END IF;
    taken := round(wallet.rated + given_exact) - round(wallet.rated);
    IF taken > 0 THEN
        IF there.remaining >= taken THEN
            ledgers := ARRAY[CASE there.nature WHEN 'paid' THEN 2010 ELSE 2020 END];
            wallets := ARRAY[given_account];
            lots := ARRAY[there.lot];
            amounts := ARRAY[-taken];
            granted := CASE there.nature WHEN 'paid' THEN 0 ELSE taken END;
        ELSE
            owing := taken;
            FOR lot IN
                SELECT id, nature, remaining FROM billing_creditlot
                WHERE wallet_id = given_account AND NOT spent
                  AND (expires_at IS NULL OR expires_at > at)
                ORDER BY {IN_ORDER}
            LOOP
                part := least(owing, lot.remaining);
                owing := owing - part;
                ledgers := ledgers
                    || (CASE lot.nature WHEN 'paid' THEN 2010 ELSE 2020 END)::smallint;
                wallets := wallets || given_account;
                lots := lots || lot.id;
                amounts := amounts || -part;
                IF lot.nature <> 'paid' THEN
                    granted := granted + part;
                END IF;
                EXIT WHEN owing = 0;
            END LOOP;
        END IF;
        IF taken - granted > wallet.paid - wallet.floor THEN
            verdict := 'not_enough';
            taken := NULL;
            PERFORM billing_withhold(ARRAY[given_account]);
            RETURN;
        END IF;
        IF owing > 0 THEN
            ledgers := ledgers || 2010::smallint;
            wallets := wallets || given_account;
            lots := lots || NULL::bigint;
            amounts := amounts || -owing;
        END IF;
        tax := round((taken - granted) * there.vat / (1 + there.vat));
        IF taken - granted - tax > 0 THEN
            ledgers := ledgers || 4010::smallint;
            amounts := amounts || taken - granted - tax;
        END IF;
        IF tax > 0 THEN
            ledgers := ledgers || 2210::smallint;
            amounts := amounts || tax;
        END IF;
        IF granted > 0 THEN
            ledgers := ledgers || 4020::smallint;
            amounts := amounts || granted;
        END IF;
    END IF;

    WITH journals AS (
        INSERT INTO billing_journal
            (recorded_at, kind, effective_at, key, request_hash, legs, account_id)
        SELECT {MOMENT}, 'charge', greatest(least(given_used, at), there.open_from),
            'charge:' || given_key, given_hash, cardinality(ledgers), given_account
        WHERE taken > 0
        RETURNING id
    ), entries AS (
        INSERT INTO billing_entry (journal_id, account_id, wallet_id, lot_id, amount)
        SELECT journals.id, leg.* FROM journals, unnest(ledgers, wallets, lots, amounts) leg
    )
    INSERT INTO billing_charge (recorded_at, key, request_hash, wallet_id, journal_id, exact,
        posted, used_at, api_key_id, service_id, model_id, region_id, quantities, client_id)
    VALUES (at, given_key, given_hash, given_account, (SELECT id FROM journals), given_exact,
        taken, given_used, given_api_key, given_service, given_model, given_region,
        given_quantities, given_client)
    RETURNING id INTO charge_id;
    verdict := 'accepted';
END
$$;
"""

SIGNATURE = """billing_charge(text[], text[], bigint[], numeric[], timestamptz[], bigint[], bigint[],
    bigint[], bigint[], jsonb[], bigint)"""

# Columns that no line has may be NULL as a whole.
MANY = f"""
CREATE OR REPLACE FUNCTION billing_charge(
    keys text[], hashes text[], accounts bigint[], exacts numeric[], used timestamptz[],
    api_keys bigint[], services bigint[], models bigint[], regions bigint[],
    quantities jsonb[], client bigint
) RETURNS TABLE (line int, verdict text, charge_id bigint, taken bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    at timestamptz;
    recorded timestamptz;
    open_from timestamptz;
    vat numeric;
    fresh int[];
    fits int[];
    entirely boolean;
BEGIN
    PERFORM billing_lock(accounts);
    PERFORM pg_advisory_xact_lock_shared({_guards.CLOSE_LOCK});
    -- Everything from here on sees what the others committed while this one waited.
    at := common_now();
    recorded := {MOMENT};
    SELECT max(through) INTO open_from FROM billing_periodclose;
    SELECT rate INTO vat FROM billing_taxrate WHERE in_force_from <= at
        ORDER BY in_force_from DESC LIMIT 1;

    -- The first of each key that nobody has seen.
    SELECT array_agg(n) INTO fresh FROM (
        SELECT DISTINCT ON (given.key) given.n::int
        FROM unnest(keys) WITH ORDINALITY given(key, n)
        WHERE NOT EXISTS (SELECT FROM billing_charge old WHERE old.key = given.key)
        ORDER BY given.key, given.n) firsts;
    fits := fresh;
    -- Those that paid money alone does not cover, or not beside lines known already, are
    -- looked at one by one.
    IF EXISTS (
        SELECT FROM (
            SELECT given.account, sum(given.exact) AS exact
            FROM unnest(accounts, exacts) given(account, exact) GROUP BY 1) wanted
        JOIN billing_wallet wallet ON wallet.account_id = wanted.account
        WHERE round(wallet.rated + wanted.exact) - round(wallet.rated)
              > wallet.paid - wallet.floor) THEN
        SELECT billing_fitting(array_agg(n), array_agg(accounts[n]), array_agg(exacts[n]))
            INTO fits FROM unnest(fresh) n;
    END IF;
    entirely := coalesce(cardinality(fits) = cardinality(keys), false);

    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT each.*
        FROM unnest(keys, hashes, accounts, exacts, used, api_keys, services, models, regions,
            quantities) WITH ORDINALITY
            each(key, hash, account, exact, used, api_key, service, model, region, told, n)
    ), summed AS (
        SELECT given.n, given.account, given.exact,
            wallet.rated + sum(given.exact) OVER mine AS upto
        FROM given JOIN billing_wallet wallet ON wallet.account_id = given.account
        WHERE entirely OR given.n = ANY (fits)
        WINDOW mine AS (PARTITION BY given.account ORDER BY given.n)
    ), rounded AS (
        SELECT summed.*, (round(upto) - round(upto - exact))::bigint AS takes
        FROM summed
    ), placed AS MATERIALIZED (
        SELECT rounded.n, rounded.account, rounded.takes,
            (sum(takes) OVER mine - takes)::bigint AS starts,
            (sum(takes) OVER mine)::bigint AS ends,
            CASE WHEN takes > 0 THEN nextval('billing_journal_id_seq') END AS journal
        FROM rounded
        WINDOW mine AS (PARTITION BY account ORDER BY n)
    ), lot AS (
        SELECT id, wallet_id, nature,
            (sum(remaining) OVER mine - remaining)::bigint AS starts,
            (sum(remaining) OVER mine)::bigint AS ends
        FROM billing_creditlot
        WHERE wallet_id IN (SELECT DISTINCT account FROM placed) AND NOT spent
          AND (expires_at IS NULL OR expires_at > at)
        WINDOW mine AS (PARTITION BY wallet_id ORDER BY {IN_ORDER})
    ), taken_of_lots AS MATERIALIZED (
        SELECT placed.n, placed.journal, placed.account, lot.id AS lot, lot.nature,
            least(placed.ends, lot.ends) - greatest(placed.starts, lot.starts) AS amount
        FROM placed
        JOIN lot ON lot.wallet_id = placed.account
            AND lot.starts < placed.ends AND lot.ends > placed.starts
        WHERE placed.takes > 0
    ), split AS (
        SELECT placed.n, placed.journal, placed.account, placed.takes, count(of.lot) AS parts,
            coalesce(sum(of.amount) FILTER (WHERE of.nature = 'granted'), 0)::bigint AS granted,
            coalesce(sum(of.amount), 0)::bigint AS covered
        FROM placed LEFT JOIN taken_of_lots of ON of.n = placed.n
        WHERE placed.takes > 0
        GROUP BY placed.n, placed.journal, placed.account, placed.takes
    ), taxed AS MATERIALIZED (
        SELECT split.*, round((takes - granted) * vat / (1 + vat))::bigint AS tax FROM split
    ), journals AS (
        INSERT INTO billing_journal
            (id, recorded_at, kind, effective_at, key, request_hash, legs, account_id)
        SELECT taxed.journal, recorded, 'charge', greatest(least(given.used, at), open_from),
            'charge:' || given.key, given.hash,
            parts + (covered < takes)::int + (takes - granted - tax > 0)::int
                + (tax > 0)::int + (granted > 0)::int,
            taxed.account
        FROM taxed JOIN given USING (n)
    ), entries AS (
        INSERT INTO billing_entry (journal_id, account_id, wallet_id, lot_id, amount)
        SELECT leg.*
        FROM (
            SELECT journal, CASE nature WHEN 'paid' THEN 2010 ELSE 2020 END,
                account, lot, -amount
            FROM taken_of_lots
            UNION ALL
            -- Beyond the lots: owed.
            SELECT journal, 2010, account, NULL, covered - takes FROM taxed WHERE covered < takes
            UNION ALL
            SELECT journal, 4010, NULL, NULL, takes - granted - tax FROM taxed
            WHERE takes - granted - tax > 0
            UNION ALL
            SELECT journal, 2210, NULL, NULL, tax FROM taxed WHERE tax > 0
            UNION ALL
            SELECT journal, 4020, NULL, NULL, granted FROM taxed WHERE granted > 0
        ) leg(journal, ledger, account, lot, amount)
        ORDER BY journal
    ), charges AS (
        INSERT INTO billing_charge (recorded_at, key, request_hash, wallet_id, journal_id, exact,
            posted, used_at, api_key_id, service_id, model_id, region_id, quantities, client_id)
        SELECT at, given.key, given.hash, placed.account, placed.journal, given.exact,
            placed.takes, given.used, given.api_key, given.service, given.model, given.region,
            given.told, client
        FROM placed JOIN given USING (n) ORDER BY n
        RETURNING id, key, posted
    )
    SELECT given.n::int,
        CASE WHEN entirely OR new.id IS NOT NULL AND given.n = ANY (fits) THEN 'accepted'
             WHEN old.id IS NOT NULL AND old.request_hash = given.hash THEN 'known'
             WHEN old.id IS NOT NULL THEN 'key_taken'
             WHEN first.hash <> given.hash THEN 'key_taken'
             WHEN first.n = ANY (fits) THEN 'known'
             ELSE 'not_enough' END,
        coalesce(new.id, old.id), coalesce(new.posted, old.posted)
    FROM given
    LEFT JOIN charges new ON new.key = given.key
    LEFT JOIN billing_charge old ON NOT entirely AND old.key = given.key
    LEFT JOIN given first
        ON NOT entirely AND first.key = given.key AND first.n = ANY (fresh)
    ORDER BY given.n;
    IF cardinality(fits) < cardinality(fresh) THEN
        PERFORM billing_withhold(ARRAY(
            SELECT DISTINCT accounts[n] FROM unnest(fresh) n WHERE n <> ALL (fits)));
    END IF;
END
$$;
REVOKE ALL ON FUNCTION {SIGNATURE} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {SIGNATURE} TO {APP_ROLE};
"""


def _before() -> str:
    """The two functions as 0004 has them, in the place of these."""
    whole: str = _charging.CHARGE
    one = (
        "CREATE FUNCTION billing_charge_one" + whole.split("CREATE FUNCTION billing_charge_one")[1]
    )
    many = "CREATE FUNCTION billing_charge(" + whole.split("CREATE FUNCTION billing_charge(")[1]
    functions = [f"{text.split('$$;')[0]}$$;" for text in (one, many)]
    again = "\n".join(functions).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    return f"{again}\nGRANT EXECUTE ON FUNCTION {SIGNATURE} TO PUBLIC;"


LOCK_BEFORE = _guards.LOCK.split("$$;")[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("billing", "0016_less_to_write")]

    operations = [
        migrations.RunSQL(LOCK, f"{LOCK_BEFORE}$$;"),
        migrations.RunSQL(ONE, migrations.RunSQL.noop),
        migrations.RunSQL(MANY, _before()),
    ]
