"""Counts of deliveries by minute and hour, kept by a job that reads each record once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0141_certificates")]

    operations = [
        migrations.CreateModel(
            name="DeliveryTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "grain",
                    models.CharField(
                        choices=[("minute", "minute"), ("hour", "hour")],
                        max_length=6,
                        verbose_name="grain",
                    ),
                ),
                ("period", models.DateTimeField(verbose_name="period")),
                ("channel", models.CharField(max_length=12, verbose_name="channel")),
                ("provider", models.CharField(max_length=40, verbose_name="provider")),
                ("what", models.CharField(max_length=30, verbose_name="what happened")),
                ("number", models.IntegerField(verbose_name="number")),
            ],
            options={
                "verbose_name": "tally of deliveries",
                "verbose_name_plural": "tallies of deliveries",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("grain", "period", "channel", "provider", "what"),
                        name="notices_deliverytally_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TallyPosition",
            fields=[
                (
                    "table",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="table"
                    ),
                ),
                ("transaction", models.BigIntegerField(default=0, verbose_name="transaction")),
                ("row", models.BigIntegerField(default=0, verbose_name="row")),
                ("counted_at", models.DateTimeField(null=True, verbose_name="counted at")),
            ],
            options={
                "verbose_name": "position of tallies",
                "verbose_name_plural": "positions of tallies",
            },
        ),
    ]
