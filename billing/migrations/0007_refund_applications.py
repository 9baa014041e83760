"""Customers ask for fees back, one application at a time, and staff answer.

New tables only. Who asks or answers while another application or answer stands is refused
by the database, whoever writes; those of one account take turns.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import billing.models.applications
import common.clock
from common.sql import append_only

GUARDS = """
CREATE FUNCTION billing_refund_application_is_open(wanted bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT NOT EXISTS (
        SELECT FROM billing_refundapplicationanswer answer
        WHERE answer.application_id = wanted
          AND (answer.kind <> 'prepared' OR EXISTS (
              SELECT FROM billing_postingapproval approval
              WHERE approval.request_id = answer.request_id)))
$$;

CREATE FUNCTION billing_check_application() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(4906010, hashint8(NEW.account_id));
    IF EXISTS (
        SELECT FROM billing_refundapplication other
        WHERE other.account_id = NEW.account_id
          AND billing_refund_application_is_open(other.id)) THEN
        RAISE EXCEPTION 'account % has an open refund application', NEW.account_id
            USING ERRCODE = 'BL004';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER billing_refundapplication_one_at_a_time BEFORE INSERT ON billing_refundapplication
    FOR EACH ROW EXECUTE FUNCTION billing_check_application();

CREATE FUNCTION billing_check_application_answer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    application billing_refundapplication;
BEGIN
    SELECT * INTO STRICT application FROM billing_refundapplication
        WHERE id = NEW.application_id;
    PERFORM pg_advisory_xact_lock(4906010, hashint8(application.account_id));
    IF NOT billing_refund_application_is_open(application.id) THEN
        RAISE EXCEPTION 'refund application % is over', application.id USING ERRCODE = 'BL004';
    END IF;
    IF EXISTS (
        SELECT FROM billing_refundapplicationanswer answer
        WHERE answer.application_id = application.id AND NOT EXISTS (
            SELECT FROM billing_postingrejection rejection
            WHERE rejection.request_id = answer.request_id)) THEN
        RAISE EXCEPTION 'refund application % is being decided', application.id
            USING ERRCODE = 'BL004';
    END IF;
    IF NEW.request_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM billing_postingrequest request
        WHERE request.id = NEW.request_id AND request.kind = 'refund'
          AND request.account_id = application.account_id
          AND request.amount <= application.amount) THEN
        RAISE EXCEPTION 'request % is no refund of what was applied for', NEW.request_id
            USING ERRCODE = 'BL004';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER billing_refundapplicationanswer_in_turn BEFORE INSERT
    ON billing_refundapplicationanswer
    FOR EACH ROW EXECUTE FUNCTION billing_check_application_answer();
"""
GUARDS_REVERSE = """
DROP TRIGGER billing_refundapplicationanswer_in_turn ON billing_refundapplicationanswer;
DROP FUNCTION billing_check_application_answer();
DROP TRIGGER billing_refundapplication_one_at_a_time ON billing_refundapplication;
DROP FUNCTION billing_check_application();
DROP FUNCTION billing_refund_application_is_open(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_indexes_of_lists"),
        ("billing", "0006_crossings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RefundApplication",
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
                    "public_id",
                    models.CharField(
                        default=billing.models.applications.application_public_id,
                        max_length=24,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                ("amount", models.BigIntegerField(verbose_name="amount")),
                (
                    "refundable",
                    models.BigIntegerField(verbose_name="refundable at most when asked"),
                ),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refund_applications",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
                (
                    "clause",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.clause",
                        verbose_name="clause",
                    ),
                ),
            ],
            options={
                "verbose_name": "refund application",
                "verbose_name_plural": "refund applications",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__gt", 0), models.Q(("reason", ""), _negated=True)
                        ),
                        name="billing_refundapplication_is_about_something",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RefundApplicationAnswer",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("prepared", "refund prepared"),
                            ("declined", "declined"),
                            ("withdrawn", "withdrawn"),
                        ],
                        max_length=10,
                        verbose_name="answer",
                    ),
                ),
                (
                    "reason_zh_hans",
                    models.TextField(blank=True, default="", verbose_name="reason (Chinese)"),
                ),
                (
                    "reason_en",
                    models.TextField(blank=True, default="", verbose_name="reason (English)"),
                ),
                (
                    "answered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="answered by",
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="billing.refundapplication",
                        verbose_name="application",
                    ),
                ),
                (
                    "request",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refund_application_answer",
                        to="billing.postingrequest",
                        verbose_name="request",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer to a refund application",
                "verbose_name_plural": "answers to refund applications",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "prepared"), ("request__isnull", False)),
                            models.Q(
                                ("kind__in", ["declined", "withdrawn"]), ("request__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="billing_refundapplicationanswer_prepared_has_a_request",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "declined"),
                            ("reason_en", ""),
                            ("reason_zh_hans", ""),
                            _negated=True,
                        ),
                        name="billing_refundapplicationanswer_declined_says_why",
                    ),
                ],
            },
        ),
        append_only("billing_refundapplication"),
        append_only("billing_refundapplicationanswer"),
        migrations.RunSQL(GUARDS, GUARDS_REVERSE),
    ]
