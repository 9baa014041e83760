"""The pages of announcements are kept as they were published."""

import django.db.models.deletion
from django.db import migrations, models

import common.clock
from common.sql import append_only, sealed_from_now_on, written_together


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("notices", "0143_receipts_by_reference")]

    operations = [
        migrations.CreateModel(
            name="AnnouncementPage",
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
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "Simplified Chinese"), ("en", "English")],
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                ("html", models.TextField(verbose_name="HTML")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                (
                    "announcement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pages",
                        to="notices.announcement",
                        verbose_name="announcement",
                    ),
                ),
            ],
            options={
                "verbose_name": "published page",
                "verbose_name_plural": "published pages",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("announcement", "language"), name="notices_announcementpage_once"
                    )
                ],
            },
        ),
        append_only("notices_announcementpage"),
        sealed_from_now_on("notices_announcementpage"),
        written_together(
            "notices_announcementpage", column="announcement_id", parent="notices_announcement"
        ),
    ]
