"""Counters of text messages: one door for all of them (accounts.sms_budget)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0024_terms_for_names"),
    ]

    operations = [
        migrations.CreateModel(
            name="MessageCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("limit", models.CharField(max_length=16, verbose_name="limit")),
                ("key", models.CharField(max_length=64, verbose_name="of")),
                ("spent", models.PositiveIntegerField(verbose_name="sent")),
                ("at_most", models.PositiveIntegerField(verbose_name="at most")),
                ("ends_at", models.DateTimeField(verbose_name="counted until")),
            ],
            options={
                "verbose_name": "count of text messages",
                "verbose_name_plural": "counts of text messages",
                "indexes": [models.Index(fields=["ends_at"], name="accounts_messagecount_over")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("limit", "key"), name="accounts_messagecount_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("spent__lte", models.F("at_most"))),
                        name="accounts_messagecount_within_its_limit",
                    ),
                ],
            },
        ),
    ]
