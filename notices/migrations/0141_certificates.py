"""Who was given a certificate of notice is on record, for good."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
from common.sql import append_only, sealed_from_now_on


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("notices", "0140_attempts_and_texts_are_sealed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CertificateIssue",
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
                        db_default=common.clock.Now(),
                        editable=False,
                        verbose_name="recorded at",
                    ),
                ),
                (
                    "number",
                    models.CharField(
                        db_index=True, max_length=40, verbose_name="number of the certificate"
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "Simplified Chinese"), ("en", "English")],
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                ("as_of", models.DateTimeField(verbose_name="sealed by")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "issued_to",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="issued to",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certificate_issues",
                        to="notices.notice",
                        verbose_name="notice",
                    ),
                ),
            ],
            options={
                "verbose_name": "issue of a certificate",
                "verbose_name_plural": "issues of certificates",
                "permissions": [("issue_certificate", "Can issue certificates of notice")],
            },
        ),
        append_only("notices_certificateissue"),
        sealed_from_now_on("notices_certificateissue"),
    ]
