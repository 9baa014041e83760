"""Staff are told of orders that are late or failed; the record that they were."""

import django.db.models.deletion
from django.db import migrations, models

import common.clock
from common.sql import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0030_guards_of_evidence"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContentOrderAlarm",
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
                ("told", models.PositiveSmallIntegerField(verbose_name="people told")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alarms",
                        to="compliance.contentorder",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "alarm about an order",
                "verbose_name_plural": "alarms about orders",
            },
        ),
        append_only("compliance_contentorderalarm"),
    ]
