"""What the database refuses about money, whoever asks.

A journal and its entries are written by one statement. At its end: as many entries as the
journal says, adding up to zero, each allowed for its kind; wallets and lots move by what was
written, within their bounds; decisions have their second person and refunds their basis.
"""

from django.db import migrations

from common.sql import APP_ROLE, append_only

FINAL = [
    "billing_charge",
    "billing_invoice",
    "billing_periodclose",
    "billing_periodcloseproposal",
    "billing_postingapproval",
    "billing_postingrejection",
    "billing_postingrequest",
    "billing_refundconsent",
    "billing_refundpolicy",
    "billing_refundpolicyapproval",
    "billing_taxrate",
]

# Of its own moment, not of its statement's: a posting may have waited for its turn at the
# wallet, and moments have to follow each other as postings do.
STAMP = """
CREATE FUNCTION billing_stamp() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.recorded_at := clock_timestamp() + (common_now() - statement_timestamp());
    NEW.transaction := pg_current_xact_id();
    RETURN NEW;
END
$$;
"""

# Wallets are nobody's to write: made empty and locked here, moved by the trigger below. In
# the order of their accounts, always, so that two postings cannot wait for each other; those
# that are missing are made before any is locked, for the same reason.
LOCK = f"""
CREATE FUNCTION billing_lock(accounts bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM unnest(accounts) each WHERE NOT EXISTS (
            SELECT FROM billing_wallet WHERE account_id = each)) THEN
        INSERT INTO billing_wallet (account_id)
            SELECT DISTINCT each FROM unnest(accounts) each ORDER BY each
            ON CONFLICT DO NOTHING;
    END IF;
    PERFORM FROM billing_wallet WHERE account_id = ANY (accounts)
        ORDER BY account_id FOR NO KEY UPDATE;
END
$$;
REVOKE ALL ON FUNCTION billing_lock(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing_lock(bigint[]) TO {APP_ROLE};
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON billing_wallet FROM {APP_ROLE};
REVOKE UPDATE, DELETE, TRUNCATE ON billing_creditlot FROM {APP_ROLE};
"""
LOCK_REVERSE = f"""
GRANT UPDATE, DELETE ON billing_creditlot TO {APP_ROLE};
GRANT INSERT, UPDATE, DELETE ON billing_wallet TO {APP_ROLE};
DROP FUNCTION billing_lock(bigint[]);
"""

NEW_LOT = """
CREATE FUNCTION billing_new_lot() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.remaining := 0;
    NEW.opened_at := common_now();
    RETURN NEW;
END
$$;
CREATE TRIGGER billing_creditlot_begins_empty BEFORE INSERT ON billing_creditlot
    FOR EACH ROW EXECUTE FUNCTION billing_new_lot();
"""
NEW_LOT_REVERSE = """
DROP TRIGGER billing_creditlot_begins_empty ON billing_creditlot;
DROP FUNCTION billing_new_lot();
"""

# One that closes a period waits for the postings under way, and those that follow wait for it.
CLOSE_LOCK = 4_906_001
JOURNALS = f"""
CREATE FUNCTION billing_check_journals() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    closed timestamptz;
    wrong bigint;
BEGIN
    -- An older snapshot would not show what was closed while this one waited.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'journals are written in transactions that read what is committed'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
    PERFORM pg_advisory_xact_lock_shared({CLOSE_LOCK});
    SELECT max(through) INTO closed FROM billing_periodclose;
    SELECT journal.id INTO wrong FROM written journal WHERE journal.effective_at < closed LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'everything effective before % is closed', closed
            USING ERRCODE = 'BL001';
    END IF;
    SELECT journal.id INTO wrong FROM written journal
        WHERE NOT EXISTS (SELECT FROM billing_entry entry WHERE entry.journal_id = journal.id)
        LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'journal % has no entries: they are written by the same statement', wrong
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER billing_journal_is_whole AFTER INSERT ON billing_journal
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION billing_check_journals();

CREATE FUNCTION billing_check_close() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock({CLOSE_LOCK});
    IF NOT EXISTS (
        SELECT FROM billing_periodcloseproposal proposal
        WHERE proposal.id = NEW.proposal_id AND proposal.through = NEW.through
          AND proposal.proposed_by_id <> NEW.approved_by_id) THEN
        RAISE EXCEPTION 'nobody closes a period that they proposed to close'
            USING ERRCODE = 'BL002';
    END IF;
    IF EXISTS (SELECT FROM billing_periodclose WHERE through >= NEW.through) THEN
        RAISE EXCEPTION 'periods are closed one after the other' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.through > common_now() THEN
        RAISE EXCEPTION 'a period is closed when it is over' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER billing_periodclose_in_order BEFORE INSERT ON billing_periodclose
    FOR EACH ROW EXECUTE FUNCTION billing_check_close();
"""
JOURNALS_REVERSE = """
DROP TRIGGER billing_periodclose_in_order ON billing_periodclose;
DROP FUNCTION billing_check_close();
DROP TRIGGER billing_journal_is_whole ON billing_journal;
DROP FUNCTION billing_check_journals();
"""

ENTRIES = """
CREATE FUNCTION billing_check_entries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    wrong record;
    decided bigint[];
    at timestamptz := common_now();
BEGIN
    -- All entries of the journals that were written to, not only the new ones: what is
    -- appended later is one too many.
    SELECT journal.id INTO wrong
    FROM (SELECT DISTINCT journal_id FROM written) touched
    JOIN billing_journal journal ON journal.id = touched.journal_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS legs, sum(amount) AS total
        FROM billing_entry entry WHERE entry.journal_id = journal.id) has
    WHERE has.legs <> journal.legs OR has.total <> 0
    LIMIT 1;
    IF wrong.id IS NOT NULL THEN
        RAISE EXCEPTION 'journal % does not have the entries it should, or they do not balance',
            wrong.id USING ERRCODE = 'check_violation';
    END IF;

    SELECT entry.id, entry.account_id, journal.kind,
        journal.transaction <> pg_current_xact_id() OR (
            journal.kind <> 'correction' AND NOT EXISTS (
                SELECT FROM billing_legrule rule
                WHERE rule.kind = journal.kind AND rule.account_id = entry.account_id
                  AND rule.sign = sign(entry.amount))) AS of_no_rule,
        entry.wallet_id IS NOT NULL
            AND entry.wallet_id IS DISTINCT FROM journal.account_id AS of_another
    INTO wrong
    FROM written entry
    JOIN billing_journal journal ON journal.id = entry.journal_id
    LEFT JOIN billing_creditlot lot ON lot.id = entry.lot_id
    WHERE journal.transaction <> pg_current_xact_id()
       OR (journal.kind <> 'correction' AND NOT EXISTS (
              SELECT FROM billing_legrule rule
              WHERE rule.kind = journal.kind AND rule.account_id = entry.account_id
                AND rule.sign = sign(entry.amount)))
       OR (entry.wallet_id IS NOT NULL AND entry.wallet_id IS DISTINCT FROM journal.account_id)
       OR lot.wallet_id <> entry.wallet_id
       OR (lot.nature = 'paid') <> (entry.account_id IN (2010, 2030))
       OR (journal.kind IN ('charge', 'hold') AND lot.expires_at <= at)
       OR (journal.kind = 'expiry' AND lot.expires_at > at)
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

    UPDATE billing_wallet wallet
    SET paid = wallet.paid + moved.paid,
        granted = wallet.granted + moved.granted,
        held_paid = wallet.held_paid + moved.held_paid,
        held_granted = wallet.held_granted + moved.held_granted
    FROM (
        SELECT wallet_id,
            coalesce(sum(amount) FILTER (WHERE account_id = 2010), 0) AS paid,
            coalesce(sum(amount) FILTER (WHERE account_id = 2020), 0) AS granted,
            coalesce(sum(amount) FILTER (WHERE account_id = 2030), 0) AS held_paid,
            coalesce(sum(amount) FILTER (WHERE account_id = 2031), 0) AS held_granted
        FROM written WHERE wallet_id IS NOT NULL GROUP BY wallet_id) moved
    WHERE wallet.account_id = moved.wallet_id;

    UPDATE billing_creditlot lot
    SET remaining = lot.remaining + moved.amount
    FROM (
        SELECT lot_id, sum(amount) AS amount FROM written
        WHERE lot_id IS NOT NULL AND account_id IN (2010, 2020) GROUP BY lot_id) moved
    WHERE lot.id = moved.lot_id;

    SELECT array_agg(journal.id) INTO decided
    FROM (SELECT DISTINCT journal_id FROM written) touched
    JOIN billing_journal journal ON journal.id = touched.journal_id
    WHERE journal.request_id IS NOT NULL OR journal.reverses_id IS NOT NULL;
    IF decided IS NOT NULL THEN
        PERFORM billing_check_decided(each) FROM unnest(decided) each;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER billing_entry_moves_money AFTER INSERT ON billing_entry
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION billing_check_entries();
"""
ENTRIES_REVERSE = """
DROP TRIGGER billing_entry_moves_money ON billing_entry;
DROP FUNCTION billing_check_entries();
"""

# Journals by somebody's decision. Called at the end of the statement that wrote one, when
# its wallet is locked by having been moved.
DECIDED = """
CREATE FUNCTION billing_check_decided(wanted bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    journal billing_journal;
    request billing_postingrequest;
    reversed billing_journal;
    moved bigint;
BEGIN
    SELECT * INTO STRICT journal FROM billing_journal WHERE id = wanted;
    IF journal.reverses_id IS NOT NULL THEN
        SELECT * INTO STRICT reversed FROM billing_journal WHERE id = journal.reverses_id;
        IF (journal.kind = 'release') <> (reversed.kind = 'hold')
           OR reversed.kind IN ('correction', 'release', 'receipt', 'return') THEN
            RAISE EXCEPTION 'a % is not reversed by a %', reversed.kind, journal.kind
                USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            (SELECT account_id, wallet_id, lot_id, -amount, count(*) FROM billing_entry
             WHERE journal_id = reversed.id GROUP BY 1, 2, 3, 4)
            EXCEPT
            (SELECT account_id, wallet_id, lot_id, amount, count(*) FROM billing_entry
             WHERE journal_id = journal.id GROUP BY 1, 2, 3, 4))
           OR reversed.legs <> journal.legs THEN
            RAISE EXCEPTION 'journal % does not mirror the one it reverses', journal.id
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF journal.request_id IS NULL THEN
        RETURN;
    END IF;
    SELECT * INTO STRICT request FROM billing_postingrequest WHERE id = journal.request_id;
    IF request.kind <> journal.kind
       OR request.account_id IS DISTINCT FROM journal.account_id
       OR request.reverses_id IS DISTINCT FROM journal.reverses_id THEN
        RAISE EXCEPTION 'journal % is not what was requested', journal.id
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT FROM billing_postingapproval approval
        WHERE approval.request_id = request.id AND approval.digest = request.digest
          AND approval.approved_by_id <> request.requested_by_id) THEN
        RAISE EXCEPTION 'request % has not been approved by a second person', request.id
            USING ERRCODE = 'BL002';
    END IF;
    IF journal.kind <> 'correction' THEN
        -- Of the customer's own accounts, or of what was received and not matched.
        SELECT abs(sum(amount)) INTO moved FROM billing_entry
        WHERE journal_id = journal.id AND account_id IN (2005, 2010, 2020)
          AND wallet_id IS NOT DISTINCT FROM request.account_id;
        IF moved IS DISTINCT FROM request.amount THEN
            RAISE EXCEPTION 'journal % moves another amount than was approved', journal.id
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF journal.kind = 'refund' THEN
        PERFORM billing_check_refund(journal, request);
    END IF;
END
$$;
"""
DECIDED_REVERSE = "DROP FUNCTION billing_check_decided(bigint);"

# Clause 6: no refund but on a written consent or a policy, and at most what was paid in and
# neither consumed nor invoiced.
REFUND = """
CREATE FUNCTION billing_refunded(consent bigint) RETURNS bigint
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT coalesce(sum(request.amount), 0)::bigint
    FROM billing_postingrequest request
    JOIN billing_journal journal ON journal.request_id = request.id
    WHERE request.consent_id = consent AND NOT EXISTS (
        SELECT FROM billing_journal undone WHERE undone.reverses_id = journal.id)
$$;

-- What an account paid in less what was paid out again and what has been invoiced.
CREATE FUNCTION billing_not_invoiced(wanted bigint) RETURNS bigint
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT (coalesce((
        SELECT sum(entry.amount)
        FROM billing_journal journal
        LEFT JOIN billing_journal undone ON undone.id = journal.reverses_id
        JOIN billing_entry entry ON entry.journal_id = journal.id
        WHERE journal.account_id = wanted AND entry.account_id = 2010
          AND coalesce(undone.kind, journal.kind) IN ('top_up', 'refund')
    ), 0) - coalesce((
        SELECT sum(amount) FROM billing_invoice WHERE account_id = wanted), 0))::bigint
$$;

CREATE FUNCTION billing_check_refund(journal billing_journal, request billing_postingrequest)
RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    consent billing_refundconsent;
    policy billing_refundpolicy;
BEGIN
    IF EXISTS (
        SELECT FROM billing_entry WHERE journal_id = journal.id AND wallet_id IS NOT NULL
          AND (lot_id IS NULL OR account_id <> 2010)) THEN
        RAISE EXCEPTION 'a refund is of paid lots only' USING ERRCODE = 'BL003';
    END IF;
    IF request.consent_id IS NOT NULL THEN
        SELECT * INTO STRICT consent FROM billing_refundconsent WHERE id = request.consent_id;
        IF consent.account_id <> request.account_id OR consent.expires_at <= common_now()
           OR billing_refunded(consent.id) > consent.cap THEN
            RAISE EXCEPTION 'the consent is another account''s, has expired, or is used up'
                USING ERRCODE = 'BL003';
        END IF;
    ELSE
        SELECT * INTO STRICT policy FROM billing_refundpolicy WHERE id = request.policy_id;
        IF policy.in_force_from > common_now()
           OR coalesce(policy.in_force_until <= common_now(), false)
           OR EXISTS (
               SELECT FROM billing_refundpolicy newer
               JOIN billing_refundpolicyapproval agreed ON agreed.policy_id = newer.id
               WHERE newer.name = policy.name AND newer.version > policy.version
                 AND newer.in_force_from <= common_now())
           OR NOT EXISTS (
               SELECT FROM billing_refundpolicyapproval agreed WHERE agreed.policy_id = policy.id)
           OR request.amount > policy.most
           OR EXISTS (
               SELECT FROM billing_entry entry
               JOIN billing_creditlot lot ON lot.id = entry.lot_id
               WHERE entry.journal_id = journal.id
                 AND lot.opened_at < common_now() - make_interval(days => policy.days)) THEN
            RAISE EXCEPTION 'the policy is not in force, or does not cover this refund'
                USING ERRCODE = 'BL003';
        END IF;
    END IF;
    IF billing_not_invoiced(request.account_id) < 0 THEN
        RAISE EXCEPTION 'what has been invoiced is not refunded' USING ERRCODE = 'BL003';
    END IF;
    IF EXISTS (
        SELECT FROM billing_wallet WHERE account_id = request.account_id AND paid < 0) THEN
        RAISE EXCEPTION 'what is owed is not refunded' USING ERRCODE = 'BL003';
    END IF;
END
$$;

-- An invoice and a refund of the same money take turns at the wallet.
CREATE FUNCTION billing_check_invoice() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM billing_lock(ARRAY[NEW.account_id]);
    RETURN NEW;
END
$$;
CREATE TRIGGER billing_invoice_takes_its_turn BEFORE INSERT ON billing_invoice
    FOR EACH ROW EXECUTE FUNCTION billing_check_invoice();
"""
REFUND_REVERSE = """
DROP TRIGGER billing_invoice_takes_its_turn ON billing_invoice;
DROP FUNCTION billing_check_invoice();
DROP FUNCTION billing_check_refund(billing_journal, billing_postingrequest);
DROP FUNCTION billing_not_invoiced(bigint);
DROP FUNCTION billing_refunded(bigint);
"""

REQUESTS = """
CREATE FUNCTION billing_pin_request() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.digest := encode(sha256(convert_to((to_jsonb(NEW) - 'digest' - 'recorded_at')::text,
        'UTF8')), 'hex');
    RETURN NEW;
END
$$;
CREATE TRIGGER billing_postingrequest_is_pinned BEFORE INSERT ON billing_postingrequest
    FOR EACH ROW EXECUTE FUNCTION billing_pin_request();

-- The request's row cannot change and cannot be locked, so decisions take turns by its number.
CREATE FUNCTION billing_check_decision() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    request billing_postingrequest;
BEGIN
    PERFORM pg_advisory_xact_lock(4906002, NEW.request_id::int);
    SELECT * INTO STRICT request FROM billing_postingrequest WHERE id = NEW.request_id;
    IF TG_TABLE_NAME = 'billing_postingapproval' THEN
        IF NEW.approved_by_id = request.requested_by_id THEN
            RAISE EXCEPTION 'nobody approves what they requested' USING ERRCODE = 'BL002';
        END IF;
        IF NEW.digest <> request.digest THEN
            RAISE EXCEPTION 'approved is exactly what was requested' USING ERRCODE = 'BL002';
        END IF;
        IF EXISTS (SELECT FROM billing_postingrejection WHERE request_id = request.id) THEN
            RAISE EXCEPTION 'the request was turned down' USING ERRCODE = 'BL002';
        END IF;
    ELSIF EXISTS (SELECT FROM billing_postingapproval WHERE request_id = request.id) THEN
        RAISE EXCEPTION 'the request was approved' USING ERRCODE = 'BL002';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER billing_postingapproval_by_another BEFORE INSERT ON billing_postingapproval
    FOR EACH ROW EXECUTE FUNCTION billing_check_decision();
CREATE FUNCTION billing_check_policy() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM billing_refundpolicy WHERE id = NEW.policy_id
               AND proposed_by_id = NEW.approved_by_id) THEN
        RAISE EXCEPTION 'nobody approves what they proposed' USING ERRCODE = 'BL002';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER billing_refundpolicyapproval_by_another BEFORE INSERT
    ON billing_refundpolicyapproval
    FOR EACH ROW EXECUTE FUNCTION billing_check_policy();
CREATE TRIGGER billing_postingrejection_in_time BEFORE INSERT ON billing_postingrejection
    FOR EACH ROW EXECUTE FUNCTION billing_check_decision();
"""
REQUESTS_REVERSE = """
DROP TRIGGER billing_refundpolicyapproval_by_another ON billing_refundpolicyapproval;
DROP FUNCTION billing_check_policy();
DROP TRIGGER billing_postingrejection_in_time ON billing_postingrejection;
DROP TRIGGER billing_postingapproval_by_another ON billing_postingapproval;
DROP FUNCTION billing_check_decision();
DROP TRIGGER billing_postingrequest_is_pinned ON billing_postingrequest;
DROP FUNCTION billing_pin_request();
"""

CHARGES = """
CREATE FUNCTION billing_check_charges() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    wrong bigint;
BEGIN
    SELECT charge.id INTO wrong
    FROM written charge
    LEFT JOIN billing_journal journal ON journal.id = charge.journal_id
    WHERE charge.journal_id IS NOT NULL
      AND (journal.kind <> 'charge' OR journal.account_id <> charge.wallet_id
           OR charge.posted <> (
               SELECT -sum(entry.amount) FROM billing_entry entry
               WHERE entry.journal_id = journal.id AND entry.wallet_id = charge.wallet_id))
    LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'charge % is not what its journal took', wrong
            USING ERRCODE = 'check_violation';
    END IF;
    WITH moved AS (
        SELECT wallet_id, sum(exact) AS exact, sum(posted) AS posted
        FROM written GROUP BY wallet_id
    ), changed AS (
        UPDATE billing_wallet wallet SET rated = wallet.rated + moved.exact
        FROM moved WHERE wallet.account_id = moved.wallet_id
        RETURNING wallet.account_id,
            round(wallet.rated) - round(wallet.rated - moved.exact) - moved.posted AS drift
    )
    SELECT account_id INTO wrong FROM changed WHERE drift <> 0 LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'charges of account % are not rounded from their sum', wrong
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER billing_charge_is_rounded AFTER INSERT ON billing_charge
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION billing_check_charges();
"""
CHARGES_REVERSE = """
DROP TRIGGER billing_charge_is_rounded ON billing_charge;
DROP FUNCTION billing_check_charges();
"""

CHART = f"""
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON billing_ledgeraccount, billing_legrule FROM {APP_ROLE};
"""
CHART_REVERSE = f"""
GRANT INSERT, UPDATE, DELETE ON billing_ledgeraccount, billing_legrule TO {APP_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_ledger")]

    operations = [
        migrations.RunSQL(STAMP, "DROP FUNCTION billing_stamp();"),
        append_only("billing_journal", stamp="billing_stamp"),
        append_only("billing_entry", stamp=None),
        *[append_only(table) for table in FINAL],
        migrations.RunSQL(LOCK, LOCK_REVERSE),
        migrations.RunSQL(NEW_LOT, NEW_LOT_REVERSE),
        migrations.RunSQL(REFUND, REFUND_REVERSE),
        migrations.RunSQL(DECIDED, DECIDED_REVERSE),
        migrations.RunSQL(ENTRIES, ENTRIES_REVERSE),
        migrations.RunSQL(JOURNALS, JOURNALS_REVERSE),
        migrations.RunSQL(REQUESTS, REQUESTS_REVERSE),
        migrations.RunSQL(CHARGES, CHARGES_REVERSE),
        migrations.RunSQL(CHART, CHART_REVERSE),
    ]
