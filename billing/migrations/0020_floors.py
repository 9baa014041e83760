"""How far below nothing a wallet may go is decided by two people.

New tables only. The approval is what sets the floor, in the database: the app role cannot
write wallets, and the function that can looks at who asked, who agrees, and to what.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import billing.models.floors
import common.clock
from common.sql import append_only

GUARDS = """
-- What is asked for names the floor as it is: whoever agrees agrees to that change.
CREATE FUNCTION billing_pin_floor() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM billing_lock(ARRAY[NEW.account_id]);
    SELECT wallet.floor INTO STRICT NEW.was FROM billing_wallet wallet
        WHERE wallet.account_id = NEW.account_id;
    NEW.digest := encode(sha256(convert_to(
        (to_jsonb(NEW) - 'digest' - 'recorded_at' - 'transaction')::text, 'UTF8')), 'hex');
    RETURN NEW;
END
$$;
CREATE TRIGGER billing_floorchange_is_pinned BEFORE INSERT ON billing_floorchange
    FOR EACH ROW EXECUTE FUNCTION billing_pin_floor();

-- Decisions about one change take turns by its number, for its row cannot be locked.
CREATE FUNCTION billing_check_floor() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    change billing_floorchange;
BEGIN
    PERFORM pg_advisory_xact_lock(4906011, hashint8(NEW.change_id));
    SELECT * INTO STRICT change FROM billing_floorchange WHERE id = NEW.change_id;
    IF TG_TABLE_NAME = 'billing_floorchangeapproval' THEN
        IF NEW.approved_by_id = change.requested_by_id THEN
            RAISE EXCEPTION 'nobody approves what they requested' USING ERRCODE = 'BL002';
        END IF;
        IF NEW.digest <> change.digest THEN
            RAISE EXCEPTION 'approved is exactly what was requested' USING ERRCODE = 'BL002';
        END IF;
        IF EXISTS (SELECT FROM billing_floorchangerejection WHERE change_id = change.id) THEN
            RAISE EXCEPTION 'the change was turned down' USING ERRCODE = 'BL002';
        END IF;
    ELSIF EXISTS (SELECT FROM billing_floorchangeapproval WHERE change_id = change.id) THEN
        RAISE EXCEPTION 'the change was approved' USING ERRCODE = 'BL002';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER billing_floorchangeapproval_by_another BEFORE INSERT
    ON billing_floorchangeapproval
    FOR EACH ROW EXECUTE FUNCTION billing_check_floor();
CREATE TRIGGER billing_floorchangerejection_in_time BEFORE INSERT
    ON billing_floorchangerejection
    FOR EACH ROW EXECUTE FUNCTION billing_check_floor();

-- The constraint of the wallet refuses a floor above nothing, or above what is owed.
CREATE FUNCTION billing_set_floor() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    change billing_floorchange;
BEGIN
    SELECT * INTO STRICT change FROM billing_floorchange WHERE id = NEW.change_id;
    PERFORM billing_lock(ARRAY[change.account_id]);
    UPDATE billing_wallet SET floor = change.floor
        WHERE account_id = change.account_id AND floor = change.was;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the floor of account % is another one by now', change.account_id
            USING ERRCODE = 'BL006';
    END IF;
    RETURN NULL;
END
$$;
-- Nobody hangs it on a table of their own.
REVOKE ALL ON FUNCTION billing_set_floor() FROM PUBLIC;
CREATE TRIGGER billing_floorchangeapproval_sets_it AFTER INSERT ON billing_floorchangeapproval
    FOR EACH ROW EXECUTE FUNCTION billing_set_floor();
"""
GUARDS_REVERSE = """
DROP TRIGGER billing_floorchangeapproval_sets_it ON billing_floorchangeapproval;
DROP FUNCTION billing_set_floor();
DROP TRIGGER billing_floorchangerejection_in_time ON billing_floorchangerejection;
DROP TRIGGER billing_floorchangeapproval_by_another ON billing_floorchangeapproval;
DROP FUNCTION billing_check_floor();
DROP TRIGGER billing_floorchange_is_pinned ON billing_floorchange;
DROP FUNCTION billing_pin_floor();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_indexes_for_sealing"),
        ("billing", "0019_named_rows_stay"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FloorChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                (
                    "digest",
                    models.CharField(max_length=64, verbose_name="SHA-256 of what is proposed"),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=billing.models.floors.floor_change_public_id,
                        max_length=24,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                ("floor", models.BigIntegerField(verbose_name="floor")),
                ("was", models.BigIntegerField(default=0, verbose_name="floor when asked for")),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "case_reference",
                    models.CharField(blank=True, default="", max_length=80, verbose_name="case"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="floor_changes",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="requested by",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of a floor",
                "verbose_name_plural": "changes of floors",
            },
        ),
        migrations.CreateModel(
            name="FloorChangeApproval",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                (
                    "digest",
                    models.CharField(max_length=64, verbose_name="SHA-256 of what is approved"),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
                    ),
                ),
                (
                    "change",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approval",
                        to="billing.floorchange",
                        verbose_name="change",
                    ),
                ),
            ],
            options={
                "verbose_name": "approval of a floor",
                "verbose_name_plural": "approvals of floors",
            },
        ),
        migrations.CreateModel(
            name="FloorChangeRejection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "change",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rejection",
                        to="billing.floorchange",
                        verbose_name="change",
                    ),
                ),
                (
                    "rejected_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="rejected by",
                    ),
                ),
            ],
            options={
                "verbose_name": "rejection of a floor",
                "verbose_name_plural": "rejections of floors",
            },
        ),
        migrations.AddConstraint(
            model_name="floorchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("floor__gte", -100000000000000), ("floor__lte", 0)),
                name="billing_floorchange_is_a_floor",
            ),
        ),
        migrations.AddConstraint(
            model_name="floorchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("floor", models.F("was")), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                ),
                name="billing_floorchange_is_a_change",
            ),
        ),
        append_only("billing_floorchange"),
        append_only("billing_floorchangeapproval"),
        append_only("billing_floorchangerejection"),
        migrations.RunSQL(GUARDS, GUARDS_REVERSE),
    ]
