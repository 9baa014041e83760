"""Tokens of a calling system are rows of their own, so that two can work while one is rotated.

The client keeps what it may do, gets where from and how often; what its tokens were used for is
counted by the hour.
"""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock


class Migration(migrations.Migration):
    dependencies = [("accounts", "0111_guards_of_gateways")]

    operations = [
        migrations.AddField(
            model_name="serviceclient",
            name="allowed_addresses",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=43),
                blank=True,
                db_default=[],
                default=list,
                size=None,
                verbose_name="only from",
            ),
        ),
        migrations.AddField(
            model_name="serviceclient",
            name="requests_per_minute",
            field=models.PositiveIntegerField(
                db_default=60_000,
                default=60_000,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(10_000_000),
                ],
                verbose_name="requests per minute",
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceclient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("requests_per_minute__gte", 1), ("requests_per_minute__lte", 10_000_000)
                ),
                name="accounts_serviceclient_asks_at_times",
            ),
        ),
        migrations.CreateModel(
            name="ClientToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("prefix", models.CharField(editable=False, max_length=16, verbose_name="prefix")),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="expires at"),
                ),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="revoked at"),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tokens",
                        to="accounts.serviceclient",
                        verbose_name="service client",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
            ],
            options={
                "verbose_name": "service token",
                "verbose_name_plural": "service tokens",
            },
        ),
        migrations.CreateModel(
            name="TokenUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.DateTimeField(verbose_name="hour")),
                ("operation", models.CharField(max_length=120, verbose_name="what was asked")),
                ("address", models.GenericIPAddressField(null=True, verbose_name="from")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("let_in", "let in"),
                            ("token_ended", "refused: the token has ended"),
                            ("address_refused", "refused: not from this address"),
                            ("too_many", "refused: too many requests"),
                            ("scope_missing", "refused: without the scope"),
                        ],
                        max_length=20,
                        verbose_name="outcome",
                    ),
                ),
                ("count", models.PositiveBigIntegerField(verbose_name="how often")),
                ("first_at", models.DateTimeField(verbose_name="first at")),
                ("last_at", models.DateTimeField(verbose_name="last at")),
                (
                    "token",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="accounts.clienttoken",
                        verbose_name="service token",
                    ),
                ),
            ],
            options={
                "verbose_name": "use of a service token",
                "verbose_name_plural": "uses of service tokens",
                "indexes": [models.Index(fields=["hour"], name="accounts_tokenuse_by_hour")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("token", "hour", "operation", "address", "outcome"),
                        name="accounts_tokenuse_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RequestBudget",
            fields=[
                (
                    "client",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.serviceclient",
                        verbose_name="service client",
                    ),
                ),
                ("minute", models.DateTimeField(verbose_name="minute")),
                ("given_out", models.PositiveIntegerField(verbose_name="given out")),
                ("granted", models.PositiveIntegerField(verbose_name="given out last")),
            ],
            options={
                "verbose_name": "budget of requests",
                "verbose_name_plural": "budgets of requests",
            },
        ),
    ]
