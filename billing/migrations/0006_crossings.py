"""When a balance crosses what matters, in the statement that moves it.

Triggers of the wallet whose conditions are comparisons of the row alone, so that a posting
that crosses nothing pays next to nothing: nothing left to spend withholds access, money
coming in gives it back, and a fall below the account's threshold is an occasion to tell.
"""

from django.db import migrations

from common.sql import append_only, never_deleted

# Of their own moment, as postings are: a statement may have waited for the wallet.
MOMENT = "clock_timestamp() + (common_now() - statement_timestamp())"
ACCESS = f"""
CREATE FUNCTION billing_withhold_access() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM billing_withhold(ARRAY[NEW.account_id]);
    RETURN NULL;
END
$$;
-- Granted credit that has expired and not been taken yet cannot be spent. (The lots do not
-- yet show what this statement moves. What a release gives back to an expired one counts
-- until it is taken, which withholds access again.)
CREATE FUNCTION billing_give_access_back() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE accounts_condition SET cleared_at = {MOMENT}
    WHERE account_id = NEW.account_id AND source = 'balance_spent' AND cleared_at IS NULL
      AND NEW.paid + NEW.granted - NEW.floor > coalesce((
          SELECT sum(lot.remaining) FROM billing_creditlot lot
          WHERE lot.wallet_id = NEW.account_id AND lot.remaining > 0
            AND lot.nature = 'granted' AND lot.expires_at <= common_now()), 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER billing_wallet_is_spent AFTER UPDATE ON billing_wallet
    FOR EACH ROW WHEN (
        NEW.paid + NEW.granted <= NEW.floor AND OLD.paid + OLD.granted > OLD.floor)
    EXECUTE FUNCTION billing_withhold_access();
CREATE TRIGGER billing_wallet_is_filled AFTER UPDATE ON billing_wallet
    FOR EACH ROW WHEN (
        NEW.paid + NEW.granted - NEW.floor > OLD.paid + OLD.granted - OLD.floor)
    EXECUTE FUNCTION billing_give_access_back();
"""
ACCESS_REVERSE = """
DROP TRIGGER billing_wallet_is_filled ON billing_wallet;
DROP TRIGGER billing_wallet_is_spent ON billing_wallet;
DROP FUNCTION billing_give_access_back();
DROP FUNCTION billing_withhold_access();
"""

ALERTS = f"""
CREATE FUNCTION billing_note_low_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO billing_occasion (account_id, kind, amount, threshold, noticed_at)
        VALUES (NEW.account_id, 'low_balance', NEW.paid + NEW.granted - NEW.floor,
            NEW.alert_below, {MOMENT});
    RETURN NULL;
END
$$;
CREATE TRIGGER billing_wallet_is_low AFTER UPDATE ON billing_wallet
    FOR EACH ROW WHEN (
        NEW.paid + NEW.granted - NEW.floor < NEW.alert_below
        AND (OLD.paid + OLD.granted - OLD.floor < OLD.alert_below) IS NOT TRUE)
    EXECUTE FUNCTION billing_note_low_balance();

CREATE FUNCTION billing_arm_alert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM billing_lock(ARRAY[NEW.account_id]);
    UPDATE billing_wallet SET alert_below = NEW.threshold WHERE account_id = NEW.account_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER billing_balancealert_arms AFTER INSERT ON billing_balancealert
    FOR EACH ROW EXECUTE FUNCTION billing_arm_alert();
"""
ALERTS_REVERSE = """
DROP TRIGGER billing_balancealert_arms ON billing_balancealert;
DROP FUNCTION billing_arm_alert();
DROP TRIGGER billing_wallet_is_low ON billing_wallet;
DROP FUNCTION billing_note_low_balance();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0005_alerts"),
    ]

    operations = [
        append_only("billing_balancealert"),
        append_only("billing_moneymessage"),
        append_only("billing_moneyreading"),
        never_deleted("billing_occasion"),
        never_deleted("billing_moneydelivery"),
        migrations.RunSQL(ACCESS, ACCESS_REVERSE),
        migrations.RunSQL(ALERTS, ALERTS_REVERSE),
    ]
