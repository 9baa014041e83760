"""Requests that nobody has decided on are found at once; permissions of the staff's pages.

A trigger on requests adds a row, one on approvals and rejections takes it away; nobody else
can write there. What waits already is added at the end.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common.sql import APP_ROLE

TRIGGERS = f"""
CREATE FUNCTION billing_request_opens() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO billing_openrequest (request_id, kind, requested_by_id)
        VALUES (NEW.id, NEW.kind, NEW.requested_by_id);
    RETURN NULL;
END
$$;
CREATE FUNCTION billing_request_closes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    DELETE FROM billing_openrequest WHERE request_id = NEW.request_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER billing_postingrequest_opens AFTER INSERT ON billing_postingrequest
    FOR EACH ROW EXECUTE FUNCTION billing_request_opens();
CREATE TRIGGER billing_postingapproval_closes AFTER INSERT ON billing_postingapproval
    FOR EACH ROW EXECUTE FUNCTION billing_request_closes();
CREATE TRIGGER billing_postingrejection_closes AFTER INSERT ON billing_postingrejection
    FOR EACH ROW EXECUTE FUNCTION billing_request_closes();
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON billing_openrequest FROM {APP_ROLE};
INSERT INTO billing_openrequest (request_id, kind, requested_by_id)
    SELECT request.id, request.kind, request.requested_by_id
    FROM billing_postingrequest request
    WHERE NOT EXISTS (SELECT FROM billing_postingapproval WHERE request_id = request.id)
      AND NOT EXISTS (SELECT FROM billing_postingrejection WHERE request_id = request.id);
"""
REVERSE = """
DROP TRIGGER billing_postingrejection_closes ON billing_postingrejection;
DROP TRIGGER billing_postingapproval_closes ON billing_postingapproval;
DROP TRIGGER billing_postingrequest_opens ON billing_postingrequest;
DROP FUNCTION billing_request_closes();
DROP FUNCTION billing_request_opens();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0011_index_for_sealing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OpenRequest",
            fields=[
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="open",
                        serialize=False,
                        to="billing.postingrequest",
                        verbose_name="request",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("receipt", "money received"),
                            ("return", "money returned"),
                            ("top_up", "top-up"),
                            ("grant", "granted credit"),
                            ("charge", "usage charge"),
                            ("correction", "correction"),
                            ("hold", "hold"),
                            ("release", "release of a hold"),
                            ("expiry", "expiry of granted credit"),
                            ("write_off", "write-off"),
                            ("refund", "refund"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="requested by",
                    ),
                ),
            ],
            options={
                "verbose_name": "request that waits",
                "verbose_name_plural": "requests that wait",
            },
        ),
        migrations.RunSQL(TRIGGERS, REVERSE),
        migrations.AlterModelOptions(
            name="refundconsent",
            options={
                "permissions": [("read_refundconsent", "Can read the signed papers")],
                "verbose_name": "consent to a refund",
                "verbose_name_plural": "consents to refunds",
            },
        ),
        migrations.AlterModelOptions(
            name="journal",
            options={
                "permissions": [("export_journal", "Can download journals, entries and charges")],
                "verbose_name": "journal",
                "verbose_name_plural": "journals",
            },
        ),
    ]
