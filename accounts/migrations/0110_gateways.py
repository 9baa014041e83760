"""Gateways that report what they have applied of the feed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0103_enforcement_begins"),
    ]

    operations = [
        migrations.CreateModel(
            name="Gateway",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("feed", models.UUIDField(verbose_name="feed")),
                ("sequence", models.BigIntegerField(verbose_name="applied up to number")),
                ("applied_at", models.DateTimeField(verbose_name="applied at")),
                ("heard_at", models.DateTimeField(verbose_name="last heard of")),
                (
                    "first_heard_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="first heard of"
                    ),
                ),
                (
                    "removed_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="removed at"),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gateways",
                        to="accounts.serviceclient",
                        verbose_name="service client",
                    ),
                ),
                (
                    "removed_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="removed by",
                    ),
                ),
            ],
            options={
                "verbose_name": "gateway",
                "verbose_name_plural": "gateways",
                "permissions": [("remove_gateway", "Can remove gateways")],
            },
        ),
        migrations.CreateModel(
            name="GatewayAcknowledgement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("feed", models.UUIDField(verbose_name="feed")),
                ("sequence", models.BigIntegerField(verbose_name="applied up to number")),
                ("at", models.DateTimeField(verbose_name="heard at")),
                (
                    "gateway",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="acknowledgements",
                        to="accounts.gateway",
                        verbose_name="gateway",
                    ),
                ),
            ],
            options={
                "verbose_name": "what a gateway applied",
                "verbose_name_plural": "what gateways applied",
            },
        ),
        migrations.CreateModel(
            name="GatewayAlarm",
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
                (
                    "kind",
                    models.CharField(
                        choices=[("silent", "silent"), ("behind", "behind")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("told", models.PositiveIntegerField(verbose_name="members of staff told")),
                (
                    "gateway",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alarms",
                        to="accounts.gateway",
                        verbose_name="gateway",
                    ),
                ),
            ],
            options={
                "verbose_name": "alarm about a gateway",
                "verbose_name_plural": "alarms about gateways",
            },
        ),
        migrations.AddConstraint(
            model_name="gateway",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at", None)),
                fields=("name",),
                name="accounts_gateway_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="gateway",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("removed_at", None), ("removed_by", None)),
                    models.Q(("removed_at__isnull", False), ("removed_by__isnull", False)),
                    _connector="OR",
                ),
                name="accounts_gateway_removed_by_somebody",
            ),
        ),
        migrations.AddIndex(
            model_name="gatewayacknowledgement",
            index=models.Index(fields=["at"], name="accounts_gatewayack_prune"),
        ),
        migrations.AddConstraint(
            model_name="gatewayacknowledgement",
            constraint=models.UniqueConstraint(
                fields=("gateway", "feed", "sequence"), name="accounts_gatewayacknowledgement_of"
            ),
        ),
    ]
