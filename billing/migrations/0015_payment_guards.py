"""What the database refuses about money that comes in, whoever asks.

A match is approved by somebody else than who proposed it; money is settled once, as was
approved; an order's state only rises and what was ordered never changes. What has not been
settled is kept in a table of its own by triggers. Nothing here reads existing rows: the tables are new.
"""

from django.db import migrations

from common.sql import APP_ROLE, append_only, never_deleted

FINAL = [
    "billing_bankimport",
    "billing_bankreceipt",
    "billing_bankstatement",
    "billing_match",
    "billing_matchapproval",
    "billing_matchrejection",
    "billing_moneyreturn",
    "billing_paymentevent",
    "billing_paymenteventoutcome",
    "billing_quarantinedpayment",
    "billing_reconciliationclosing",
    "billing_reconciliationitem",
    "billing_reconciliationrun",
    "billing_settlement",
]

# As with requests for postings: a match cannot change and cannot be locked, so decisions on
# one take turns by its number.
MATCHES = """
CREATE TRIGGER billing_match_is_pinned BEFORE INSERT ON billing_match
    FOR EACH ROW EXECUTE FUNCTION billing_pin_request();

CREATE FUNCTION billing_check_match_decision() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    proposed billing_match;
BEGIN
    PERFORM pg_advisory_xact_lock(4906003, NEW.match_id::int);
    SELECT * INTO STRICT proposed FROM billing_match WHERE id = NEW.match_id;
    IF TG_TABLE_NAME = 'billing_matchapproval' THEN
        IF NEW.approved_by_id = proposed.proposed_by_id THEN
            RAISE EXCEPTION 'nobody approves a match that they proposed' USING ERRCODE = 'BL002';
        END IF;
        IF NEW.digest <> proposed.digest THEN
            RAISE EXCEPTION 'approved is exactly what was proposed' USING ERRCODE = 'BL002';
        END IF;
        IF EXISTS (SELECT FROM billing_matchrejection WHERE match_id = proposed.id) THEN
            RAISE EXCEPTION 'the match was turned down' USING ERRCODE = 'BL002';
        END IF;
    ELSIF EXISTS (SELECT FROM billing_matchapproval WHERE match_id = proposed.id) THEN
        RAISE EXCEPTION 'the match was approved' USING ERRCODE = 'BL002';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER billing_matchapproval_by_another BEFORE INSERT ON billing_matchapproval
    FOR EACH ROW EXECUTE FUNCTION billing_check_match_decision();
CREATE TRIGGER billing_matchrejection_in_time BEFORE INSERT ON billing_matchrejection
    FOR EACH ROW EXECUTE FUNCTION billing_check_match_decision();

CREATE FUNCTION billing_check_settlement() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.match_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM billing_match proposed
        JOIN billing_matchapproval approval ON approval.match_id = proposed.id
        WHERE proposed.id = NEW.match_id
          AND proposed.receipt_id IS NOT DISTINCT FROM NEW.receipt_id
          AND proposed.quarantined_id IS NOT DISTINCT FROM NEW.quarantined_id) THEN
        RAISE EXCEPTION 'the match was not approved, or is of other money'
            USING ERRCODE = 'BL002';
    END IF;
    IF NEW.request_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM billing_moneyreturn sent
        JOIN billing_postingapproval approval ON approval.request_id = sent.request_id
        WHERE sent.request_id = NEW.request_id
          AND sent.receipt_id IS NOT DISTINCT FROM NEW.receipt_id
          AND sent.quarantined_id IS NOT DISTINCT FROM NEW.quarantined_id) THEN
        RAISE EXCEPTION 'the return was not approved, or is of other money'
            USING ERRCODE = 'BL002';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER billing_settlement_was_approved BEFORE INSERT ON billing_settlement
    FOR EACH ROW EXECUTE FUNCTION billing_check_settlement();

CREATE FUNCTION billing_check_match() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.account_id IS NULL AND NOT EXISTS (
        SELECT FROM billing_quarantinedpayment
        WHERE id = NEW.quarantined_id AND journal_id IS NULL) THEN
        RAISE EXCEPTION 'what has been booked is matched with an account'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.account_id IS NOT NULL AND EXISTS (
        SELECT FROM billing_quarantinedpayment
        WHERE id = NEW.quarantined_id AND journal_id IS NULL) THEN
        RAISE EXCEPTION 'what was not booked cannot be credited'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER billing_match_of_booked_money BEFORE INSERT ON billing_match
    FOR EACH ROW EXECUTE FUNCTION billing_check_match();

CREATE FUNCTION billing_check_moneyreturn() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM billing_postingrequest request
        LEFT JOIN billing_bankreceipt receipt ON receipt.id = NEW.receipt_id
        LEFT JOIN billing_quarantinedpayment quarantined ON quarantined.id = NEW.quarantined_id
        WHERE request.id = NEW.request_id AND request.kind = 'return'
          AND request.amount = coalesce(receipt.amount, quarantined.amount)) THEN
        RAISE EXCEPTION 'what is returned is exactly what came in'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER billing_moneyreturn_of_all BEFORE INSERT ON billing_moneyreturn
    FOR EACH ROW EXECUTE FUNCTION billing_check_moneyreturn();
"""
MATCHES_REVERSE = """
DROP TRIGGER billing_moneyreturn_of_all ON billing_moneyreturn;
DROP FUNCTION billing_check_moneyreturn();
DROP TRIGGER billing_match_of_booked_money ON billing_match;
DROP FUNCTION billing_check_match();
DROP TRIGGER billing_settlement_was_approved ON billing_settlement;
DROP FUNCTION billing_check_settlement();
DROP TRIGGER billing_matchrejection_in_time ON billing_matchrejection;
DROP TRIGGER billing_matchapproval_by_another ON billing_matchapproval;
DROP FUNCTION billing_check_match_decision();
DROP TRIGGER billing_match_is_pinned ON billing_match;
"""

WATCHED = (
    "billing_bankreceipt",
    "billing_quarantinedpayment",
    "billing_match",
    "billing_moneyreturn",
    "billing_matchrejection",
    "billing_postingrejection",
    "billing_settlement",
)
UNSETTLED = (
    """
CREATE FUNCTION billing_keep_unsettled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    IF TG_TABLE_NAME = 'billing_bankreceipt' THEN
        INSERT INTO billing_unsettled (receipt_id) VALUES (NEW.id);
    ELSIF TG_TABLE_NAME = 'billing_quarantinedpayment' THEN
        INSERT INTO billing_unsettled (quarantined_id) VALUES (NEW.id);
    ELSIF TG_TABLE_NAME = 'billing_match' THEN
        UPDATE billing_unsettled SET match_id = NEW.id, proposed_by_id = NEW.proposed_by_id
        WHERE (receipt_id = NEW.receipt_id OR quarantined_id = NEW.quarantined_id)
          AND match_id IS NULL AND request_id IS NULL;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'this money is settled, or a proposal waits' USING ERRCODE = 'BL004';
        END IF;
    ELSIF TG_TABLE_NAME = 'billing_moneyreturn' THEN
        UPDATE billing_unsettled
        SET request_id = NEW.request_id, proposed_by_id = (
            SELECT requested_by_id FROM billing_postingrequest WHERE id = NEW.request_id)
        WHERE (receipt_id = NEW.receipt_id OR quarantined_id = NEW.quarantined_id)
          AND match_id IS NULL AND request_id IS NULL;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'this money is settled, or a proposal waits' USING ERRCODE = 'BL004';
        END IF;
    ELSIF TG_TABLE_NAME = 'billing_matchrejection' THEN
        UPDATE billing_unsettled SET match_id = NULL, proposed_by_id = NULL
        WHERE match_id = NEW.match_id;
    ELSIF TG_TABLE_NAME = 'billing_postingrejection' THEN
        UPDATE billing_unsettled SET request_id = NULL, proposed_by_id = NULL
        WHERE request_id = NEW.request_id;
    ELSE
        DELETE FROM billing_unsettled
        WHERE receipt_id = NEW.receipt_id OR quarantined_id = NEW.quarantined_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'this money is settled' USING ERRCODE = 'BL004';
        END IF;
    END IF;
    RETURN NULL;
END
$$;
"""
    + "".join(
        f"""
CREATE TRIGGER {table}_is_unsettled AFTER INSERT ON {table}
    FOR EACH ROW EXECUTE FUNCTION billing_keep_unsettled();
"""
        for table in WATCHED
    )
    + f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON billing_unsettled FROM {APP_ROLE};"
)
UNSETTLED_REVERSE = (
    f"GRANT INSERT, UPDATE, DELETE ON billing_unsettled TO {APP_ROLE};"
    + "".join(f"DROP TRIGGER {table}_is_unsettled ON {table};" for table in WATCHED)
    + "DROP FUNCTION billing_keep_unsettled();"
)

ORDERS = """
CREATE FUNCTION billing_rank_of_order(state text) RETURNS int
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp
AS $$
    SELECT CASE state WHEN 'opened' THEN 0 WHEN 'pending' THEN 1 WHEN 'failed' THEN 2
        WHEN 'expired' THEN 2 WHEN 'paid' THEN 3 WHEN 'refunded' THEN 4 END
$$;

CREATE FUNCTION billing_check_order() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'opened' THEN
            RAISE EXCEPTION 'an order begins as opened' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.public_id, NEW.account_id, NEW.fen, NEW.provider, NEW.opened_by_id, NEW.opened_at)
       IS DISTINCT FROM
       (OLD.public_id, OLD.account_id, OLD.fen, OLD.provider, OLD.opened_by_id, OLD.opened_at) THEN
        RAISE EXCEPTION 'what was ordered does not change' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> OLD.state
       AND billing_rank_of_order(NEW.state) <= billing_rank_of_order(OLD.state) THEN
        RAISE EXCEPTION 'an order that was % is not % any more', OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.journal_id IS NOT NULL AND NEW.journal_id IS DISTINCT FROM OLD.journal_id THEN
        RAISE EXCEPTION 'an order is credited once' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.journal_id IS NOT NULL AND OLD.journal_id IS NULL AND NOT EXISTS (
        SELECT FROM billing_journal journal
        WHERE journal.id = NEW.journal_id AND journal.kind = 'top_up'
          AND journal.account_id = NEW.account_id
          AND (SELECT sum(amount) FROM billing_entry entry
               WHERE entry.journal_id = journal.id AND entry.account_id = 2010)
              = NEW.fen::bigint * 10000) THEN
        RAISE EXCEPTION 'the journal is not the top-up that was ordered'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER billing_paymentorder_only_rises BEFORE INSERT OR UPDATE ON billing_paymentorder
    FOR EACH ROW EXECUTE FUNCTION billing_check_order();
"""
ORDERS_REVERSE = """
DROP TRIGGER billing_paymentorder_only_rises ON billing_paymentorder;
DROP FUNCTION billing_check_order();
DROP FUNCTION billing_rank_of_order(text);
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0014_payments")]

    operations = [
        *[append_only(table) for table in FINAL],
        never_deleted("billing_paymentorder"),
        never_deleted("billing_bankmapping"),
        migrations.RunSQL(MATCHES, MATCHES_REVERSE),
        migrations.RunSQL(UNSETTLED, UNSETTLED_REVERSE),
        migrations.RunSQL(ORDERS, ORDERS_REVERSE),
    ]
