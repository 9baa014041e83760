"""Owners are told of label exemptions that end soon, once of each."""

import django.db.models.deletion
from django.db import migrations, models

import common.clock
from common.sql import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0143_labels_in_the_activity_log"),
    ]

    operations = [
        migrations.CreateModel(
            name="LabelReminder",
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
                ("days", models.PositiveSmallIntegerField(verbose_name="days before")),
                (
                    "exemption",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="accounts.labelexemption",
                        verbose_name="exemption",
                    ),
                ),
            ],
            options={
                "verbose_name": "reminder of a label exemption",
                "verbose_name_plural": "reminders of label exemptions",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("exemption", "days"), name="accounts_labelreminder_each_once"
                    )
                ],
            },
        ),
        append_only("accounts_labelreminder"),
    ]
