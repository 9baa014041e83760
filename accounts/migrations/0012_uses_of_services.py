"""Which services each account uses, as gateways report it."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_incidents"),
    ]

    operations = [
        migrations.CreateModel(
            name="ServiceUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_used_at", models.DateTimeField(verbose_name="first used at")),
                ("last_used_at", models.DateTimeField(verbose_name="last used at")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="service_uses",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.region",
                        verbose_name="region",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.service",
                        verbose_name="service",
                    ),
                ),
            ],
            options={
                "verbose_name": "use of a service",
                "verbose_name_plural": "uses of services",
                "indexes": [
                    models.Index(
                        fields=["service", "last_used_at"], name="accounts_serviceuse_since"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "service", "region"),
                        name="accounts_serviceuse_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first_used_at__lte", models.F("last_used_at"))),
                        name="accounts_serviceuse_first_before_last",
                    ),
                ],
            },
        ),
        migrations.AlterField(
            model_name="serviceclient",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("access:read", "ask about access"),
                        ("uses:write", "report uses of services"),
                    ],
                    max_length=40,
                ),
                size=None,
                verbose_name="scopes",
            ),
        ),
    ]
