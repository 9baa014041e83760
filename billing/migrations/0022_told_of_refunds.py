"""Whoever asked for a refund is told what becomes of it: approved, declined, paid out.

A new table for what was paid out. Answers become occasions by triggers, in the statement that
gives them, whoever writes it; those given before are not told of afterwards.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
from common.sql import append_only

ANSWERS = """
CREATE FUNCTION billing_check_payout() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM billing_journal journal
        WHERE journal.request_id = NEW.request_id AND journal.kind = 'refund'
          AND NOT EXISTS (
              SELECT FROM billing_journal undone WHERE undone.reverses_id = journal.id)) THEN
        RAISE EXCEPTION 'request % is no refund that was posted and stands', NEW.request_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER billing_refundpayout_of_a_refund BEFORE INSERT ON billing_refundpayout
    FOR EACH ROW EXECUTE FUNCTION billing_check_payout();

-- Of a request: the application it was prepared for, if any.
CREATE FUNCTION billing_note_refund() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO billing_occasion (account_id, kind, amount, application_id)
        SELECT application.account_id,
            CASE TG_TABLE_NAME WHEN 'billing_refundpayout' THEN 'refund_paid'
                ELSE 'refund_approved' END,
            request.amount, application.id
        FROM billing_refundapplicationanswer answer
        JOIN billing_refundapplication application ON application.id = answer.application_id
        JOIN billing_postingrequest request ON request.id = answer.request_id
        WHERE answer.request_id = NEW.request_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER billing_postingapproval_is_told AFTER INSERT ON billing_postingapproval
    FOR EACH ROW EXECUTE FUNCTION billing_note_refund();
CREATE TRIGGER billing_refundpayout_is_told AFTER INSERT ON billing_refundpayout
    FOR EACH ROW EXECUTE FUNCTION billing_note_refund();

CREATE FUNCTION billing_note_declined() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO billing_occasion (account_id, kind, amount, application_id)
        SELECT application.account_id, 'refund_declined', application.amount, application.id
        FROM billing_refundapplication application WHERE application.id = NEW.application_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER billing_refundapplicationanswer_is_told
    AFTER INSERT ON billing_refundapplicationanswer
    FOR EACH ROW WHEN (NEW.kind = 'declined') EXECUTE FUNCTION billing_note_declined();
"""
ANSWERS_REVERSE = """
DROP TRIGGER billing_refundapplicationanswer_is_told ON billing_refundapplicationanswer;
DROP FUNCTION billing_note_declined();
DROP TRIGGER billing_refundpayout_is_told ON billing_refundpayout;
DROP TRIGGER billing_postingapproval_is_told ON billing_postingapproval;
DROP FUNCTION billing_note_refund();
DROP TRIGGER billing_refundpayout_of_a_refund ON billing_refundpayout;
DROP FUNCTION billing_check_payout();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_indexes_for_sealing"),
        ("billing", "0021_given_back"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RefundPayout",
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
                ("paid_on", models.DateField(verbose_name="paid out on")),
                (
                    "reference",
                    models.CharField(max_length=120, verbose_name="reference of the payment"),
                ),
            ],
            options={
                "verbose_name": "payout of a refund",
                "verbose_name_plural": "payouts of refunds",
            },
        ),
        migrations.RemoveConstraint(
            model_name="occasion",
            name="billing_occasion_says_what_it_is",
        ),
        migrations.AddField(
            model_name="occasion",
            name="application",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="occasions",
                to="billing.refundapplication",
                verbose_name="refund application",
            ),
        ),
        migrations.AlterField(
            model_name="occasion",
            name="kind",
            field=models.CharField(
                choices=[
                    ("low_balance", "low balance"),
                    ("credit_expiring", "credit about to expire"),
                    ("refund_approved", "refund approved"),
                    ("refund_declined", "refund declined"),
                    ("refund_paid", "refund paid out"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="occasion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("application__isnull", True),
                        ("kind", "low_balance"),
                        ("lot__isnull", True),
                        ("threshold__isnull", False),
                    ),
                    models.Q(
                        ("application__isnull", True),
                        ("kind", "credit_expiring"),
                        ("lot__isnull", False),
                        ("threshold__isnull", True),
                    ),
                    models.Q(
                        ("application__isnull", False),
                        ("kind__in", ["refund_approved", "refund_declined", "refund_paid"]),
                        ("lot__isnull", True),
                        ("threshold__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="billing_occasion_says_what_it_is",
            ),
        ),
        migrations.AddConstraint(
            model_name="occasion",
            constraint=models.UniqueConstraint(
                fields=("application", "kind"), name="billing_occasion_of_application_once"
            ),
        ),
        migrations.AddField(
            model_name="refundpayout",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="recorded by",
            ),
        ),
        migrations.AddField(
            model_name="refundpayout",
            name="request",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payout_record",
                to="billing.postingrequest",
                verbose_name="request",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundpayout",
            constraint=models.CheckConstraint(
                condition=models.Q(("reference", ""), _negated=True),
                name="billing_refundpayout_has_a_reference",
            ),
        ),
        append_only("billing_refundpayout"),
        migrations.RunSQL(ANSWERS, ANSWERS_REVERSE),
    ]
