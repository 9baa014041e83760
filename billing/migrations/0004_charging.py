"""The door for usage: any number of rated lines in one call, each once.

Locks the wallets, sets aside what is known already, rounds from each account's sum, takes
from its lots in their order, and writes journals, entries and charges by one statement.
"""

from django.db import migrations

from common.sql import APP_ROLE

CHARGE = f"""
-- What an account can spend now, in micro-yuan: of lots that have not expired, less what it
-- owes, down to its floor.
CREATE FUNCTION billing_spendable(wanted bigint) RETURNS bigint
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT (wallet.paid - wallet.floor + coalesce((
        SELECT sum(lot.remaining) FROM billing_creditlot lot
        WHERE lot.wallet_id = wanted AND lot.remaining > 0 AND lot.nature = 'granted'
          AND (lot.expires_at IS NULL OR lot.expires_at > common_now())), 0))::bigint
    FROM billing_wallet wallet WHERE wallet.account_id = wanted
$$;

-- Which of the lines fit, in their order; one that does not fit takes nothing, and a smaller
-- one after it may still fit. Lines and accounts are as long as each other.
CREATE FUNCTION billing_fitting(
    lines int[], accounts bigint[], exacts numeric[]
) RETURNS int[]
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
AS $$
DECLARE
    fitting int[] := '{{}}';
    line record;
    account bigint;
    rated numeric;
    takes bigint;
    left_over bigint;
BEGIN
    FOR line IN
        SELECT given.n, given.account, given.exact
        FROM unnest(lines, accounts, exacts) given(n, account, exact)
        ORDER BY given.account, given.n
    LOOP
        IF account IS DISTINCT FROM line.account THEN
            account := line.account;
            left_over := billing_spendable(account);
            SELECT wallet.rated INTO rated FROM billing_wallet wallet
                WHERE wallet.account_id = account;
        END IF;
        takes := round(rated + line.exact) - round(rated);
        IF takes <= left_over THEN
            left_over := left_over - takes;
            rated := rated + line.exact;
            fitting := fitting || line.n;
        END IF;
    END LOOP;
    RETURN fitting;
END
$$;

-- Access waits for money: from its own moment, as the statement may have waited for the
-- wallet, until something comes in. Nothing changes for accounts that wait already.
CREATE FUNCTION billing_withhold(accounts bigint[]) RETURNS void
LANGUAGE sql VOLATILE SET search_path = public, pg_temp
AS $$
    INSERT INTO accounts_condition (account_id, source, since)
        SELECT each, 'balance_spent', clock_timestamp() + (common_now() - statement_timestamp())
        FROM unnest(accounts) each ORDER BY each
        ON CONFLICT (account_id, source) WHERE cleared_at IS NULL DO NOTHING
$$;

-- One line. The same as below, step by step: a set of one is not worth planning for. It runs
-- as the owner to lock and read the wallet in one go.
CREATE FUNCTION billing_charge_one(
    given_key text, given_hash text, given_account bigint, given_exact numeric,
    given_used timestamptz, given_api_key bigint, given_service bigint, given_model bigint,
    given_region bigint, given_quantities jsonb, given_client bigint,
    OUT verdict text, OUT charge_id bigint, OUT taken bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    at timestamptz;
    open_from timestamptz;
    vat numeric;
    hash text;
    wallet record;
    lot record;
    owing bigint;
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
    -- Everything from here on sees what the others committed while this one waited.
    SELECT id, request_hash, posted INTO charge_id, hash, taken
        FROM billing_charge WHERE key = given_key;
    IF FOUND THEN
        verdict := CASE WHEN hash = given_hash THEN 'known' ELSE 'key_taken' END;
        RETURN;
    END IF;
    at := common_now();
    taken := round(wallet.rated + given_exact) - round(wallet.rated);
    owing := taken;
    IF taken > 0 THEN
        FOR lot IN
            SELECT id, nature, remaining FROM billing_creditlot
            WHERE wallet_id = given_account AND remaining > 0
              AND (expires_at IS NULL OR expires_at > at)
            ORDER BY nature = 'paid', priority, expires_at NULLS LAST, id
        LOOP
            part := least(owing, lot.remaining);
            owing := owing - part;
            ledgers := ledgers || (CASE lot.nature WHEN 'paid' THEN 2010 ELSE 2020 END)::smallint;
            wallets := wallets || given_account;
            lots := lots || lot.id;
            amounts := amounts || -part;
            IF lot.nature <> 'paid' THEN
                granted := granted + part;
            END IF;
            EXIT WHEN owing = 0;
        END LOOP;
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
        SELECT rate, (SELECT max(through) FROM billing_periodclose) INTO vat, open_from
            FROM billing_taxrate WHERE in_force_from <= at ORDER BY in_force_from DESC LIMIT 1;
        tax := round((taken - granted) * vat / (1 + vat));
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
        INSERT INTO billing_journal (kind, effective_at, key, request_hash, legs, account_id)
        SELECT 'charge', greatest(least(given_used, at), open_from), 'charge:' || given_key,
            given_hash, cardinality(ledgers), given_account
        WHERE taken > 0
        RETURNING id
    ), entries AS (
        INSERT INTO billing_entry (journal_id, account_id, wallet_id, lot_id, amount)
        SELECT journals.id, leg.* FROM journals, unnest(ledgers, wallets, lots, amounts) leg
    )
    INSERT INTO billing_charge (key, request_hash, wallet_id, journal_id, exact, posted,
        used_at, api_key_id, service_id, model_id, region_id, quantities, client_id)
    VALUES (given_key, given_hash, given_account, (SELECT id FROM journals), given_exact, taken,
        given_used, given_api_key, given_service, given_model, given_region, given_quantities,
        given_client)
    RETURNING id INTO charge_id;
    verdict := 'accepted';
END
$$;
REVOKE ALL ON FUNCTION billing_charge_one(text, text, bigint, numeric, timestamptz, bigint,
    bigint, bigint, bigint, jsonb, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing_charge_one(text, text, bigint, numeric, timestamptz, bigint,
    bigint, bigint, bigint, jsonb, bigint) TO {APP_ROLE};

CREATE FUNCTION billing_charge(
    keys text[], hashes text[], accounts bigint[], exacts numeric[], used timestamptz[],
    api_keys bigint[], services bigint[], models bigint[], regions bigint[],
    quantities jsonb[], client bigint
) RETURNS TABLE (line int, verdict text, charge_id bigint, taken bigint)
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    at timestamptz;
    open_from timestamptz;
    vat numeric;
    fresh int[];
    fits int[];
BEGIN
    PERFORM billing_lock(accounts);
    -- Everything from here on sees what the others committed while this one waited.
    at := common_now();
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
    IF EXISTS (
        SELECT FROM (
            SELECT accounts[n] AS account, sum(exacts[n]) AS exact
            FROM unnest(fresh) n GROUP BY 1) wanted
        JOIN billing_wallet wallet ON wallet.account_id = wanted.account
        WHERE round(wallet.rated + wanted.exact) - round(wallet.rated)
              > billing_spendable(wanted.account)) THEN
        SELECT billing_fitting(array_agg(n), array_agg(accounts[n]), array_agg(exacts[n]))
            INTO fits FROM unnest(fresh) n;
    END IF;

    RETURN QUERY
    WITH given AS (
        SELECT g.n::int AS n, g.key, g.hash, g.account, g.exact, g.used
        FROM unnest(keys, hashes, accounts, exacts, used)
            WITH ORDINALITY g(key, hash, account, exact, used, n)
    ), summed AS (
        SELECT given.*, wallet.rated + sum(given.exact) OVER mine AS upto
        FROM given JOIN billing_wallet wallet ON wallet.account_id = given.account
        WHERE given.n = ANY (fits)
        WINDOW mine AS (PARTITION BY given.account ORDER BY given.n)
    ), rounded AS (
        SELECT summed.*, (round(upto) - round(upto - exact))::bigint AS takes
        FROM summed
    ), placed AS MATERIALIZED (
        SELECT rounded.*,
            (sum(takes) OVER mine - takes)::bigint AS starts,
            (sum(takes) OVER mine)::bigint AS ends,
            CASE WHEN takes > 0 THEN nextval('billing_journal_id_seq') END AS journal
        FROM rounded
        WINDOW mine AS (PARTITION BY account ORDER BY n)
    ), lot AS (
        SELECT id, wallet_id, nature,
            sum(remaining) OVER mine - remaining AS starts, sum(remaining) OVER mine AS ends
        FROM billing_creditlot
        WHERE wallet_id IN (SELECT DISTINCT account FROM placed) AND remaining > 0
          AND (expires_at IS NULL OR expires_at > at)
        WINDOW mine AS (
            PARTITION BY wallet_id
            ORDER BY nature = 'paid', priority, expires_at NULLS LAST, id)
    ), taken_of_lots AS MATERIALIZED (
        SELECT placed.n, placed.journal, placed.account, lot.id AS lot, lot.nature,
            least(placed.ends, lot.ends) - greatest(placed.starts, lot.starts) AS amount
        FROM placed
        JOIN lot ON lot.wallet_id = placed.account
            AND lot.starts < placed.ends AND lot.ends > placed.starts
        WHERE placed.takes > 0
    ), split AS MATERIALIZED (
        SELECT placed.n, placed.journal, placed.account, placed.takes,
            coalesce(sum(of.amount) FILTER (WHERE of.nature = 'granted'), 0) AS granted,
            coalesce(sum(of.amount), 0) AS covered
        FROM placed LEFT JOIN taken_of_lots of ON of.n = placed.n
        WHERE placed.takes > 0
        GROUP BY placed.n, placed.journal, placed.account, placed.takes
    ), taxed AS MATERIALIZED (
        SELECT split.*, round((takes - granted) * vat / (1 + vat)) AS tax FROM split
    ), leg AS MATERIALIZED (
        SELECT journal, CASE nature WHEN 'paid' THEN 2010 ELSE 2020 END AS ledger,
            account, lot, -amount AS amount
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
    ), journals AS (
        INSERT INTO billing_journal (id, kind, effective_at, key, request_hash, legs, account_id)
        SELECT placed.journal, 'charge', greatest(least(placed.used, at), open_from),
            'charge:' || placed.key, placed.hash, counted.legs, placed.account
        FROM placed
        JOIN (SELECT journal, count(*) AS legs FROM leg GROUP BY journal) counted USING (journal)
    ), entries AS (
        INSERT INTO billing_entry (journal_id, account_id, wallet_id, lot_id, amount)
        SELECT journal, ledger, account, lot, amount FROM leg ORDER BY journal
    ), charges AS (
        INSERT INTO billing_charge (key, request_hash, wallet_id, journal_id, exact, posted,
            used_at, api_key_id, service_id, model_id, region_id, quantities, client_id)
        SELECT key, hash, account, journal, exact, takes, used, api_keys[n], services[n],
            models[n], regions[n], quantities[n], client
        FROM placed ORDER BY n
        RETURNING id, key, posted
    )
    SELECT given.n,
        CASE WHEN new.id IS NOT NULL AND given.n = ANY (fits) THEN 'accepted'
             WHEN old.id IS NOT NULL AND old.request_hash = given.hash THEN 'known'
             WHEN old.id IS NOT NULL THEN 'key_taken'
             WHEN first.hash <> given.hash THEN 'key_taken'
             WHEN first.n = ANY (fits) THEN 'known'
             ELSE 'not_enough' END,
        coalesce(new.id, old.id), coalesce(new.posted, old.posted)
    FROM given
    LEFT JOIN charges new ON new.key = given.key
    LEFT JOIN billing_charge old ON old.key = given.key
    LEFT JOIN given first ON first.key = given.key AND first.n = ANY (fresh)
    ORDER BY given.n;
    IF cardinality(fits) < cardinality(fresh) THEN
        PERFORM billing_withhold(ARRAY(
            SELECT DISTINCT accounts[n] FROM unnest(fresh) n WHERE n <> ALL (fits)));
    END IF;
END
$$;
"""
REVERSE = """
DROP FUNCTION billing_charge(text[], text[], bigint[], numeric[], timestamptz[], bigint[],
    bigint[], bigint[], bigint[], jsonb[], bigint);
DROP FUNCTION billing_charge_one(text, text, bigint, numeric, timestamptz, bigint, bigint, bigint,
    bigint, jsonb, bigint);
DROP FUNCTION billing_fitting(int[], bigint[], numeric[]);
DROP FUNCTION billing_withhold(bigint[]);
DROP FUNCTION billing_spendable(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_chart_of_accounts")]

    operations = [migrations.RunSQL(CHARGE, REVERSE)]
