"""Thresholds of balances, and what people are told about their money."""

import functools
import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
import common.public_ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0015_charges_scope"),
        ("billing", "0004_charging"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="wallet",
            name="alert_below",
            field=models.BigIntegerField(
                blank=True,
                db_default=10000000,
                default=10000000,
                null=True,
                verbose_name="told below",
            ),
        ),
        migrations.CreateModel(
            name="MoneyMessage",
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
                    "public_id",
                    models.CharField(
                        default=functools.partial(common.public_ids.new_public_id, *("mmg",), **{}),
                        editable=False,
                        max_length=32,
                        unique=True,
                        verbose_name="identifier",
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
                ("subject", models.CharField(max_length=200, verbose_name="subject")),
                ("body", models.TextField(verbose_name="text")),
                ("sms", models.CharField(max_length=200, verbose_name="text of the SMS")),
                (
                    "recipient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="money_messages",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recipient",
                    ),
                ),
            ],
            options={
                "verbose_name": "message about money",
                "verbose_name_plural": "messages about money",
            },
        ),
        migrations.CreateModel(
            name="MoneyReading",
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
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reading",
                        to="billing.moneymessage",
                        verbose_name="message",
                    ),
                ),
            ],
            options={
                "verbose_name": "reading of a message about money",
                "verbose_name_plural": "readings of messages about money",
            },
        ),
        migrations.CreateModel(
            name="Occasion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("low_balance", "low balance"),
                            ("credit_expiring", "credit about to expire"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("amount", models.BigIntegerField(verbose_name="amount")),
                (
                    "threshold",
                    models.BigIntegerField(blank=True, null=True, verbose_name="threshold"),
                ),
                (
                    "noticed_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="noticed at"
                    ),
                ),
                ("told_at", models.DateTimeField(blank=True, null=True, verbose_name="told at")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="money_occasions",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "lot",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="occasion",
                        to="billing.creditlot",
                        verbose_name="lot",
                    ),
                ),
            ],
            options={
                "verbose_name": "occasion",
                "verbose_name_plural": "occasions",
            },
        ),
        migrations.AddField(
            model_name="moneymessage",
            name="occasion",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to="billing.occasion",
                verbose_name="occasion",
            ),
        ),
        migrations.CreateModel(
            name="BalanceAlert",
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
                    "threshold",
                    models.BigIntegerField(blank=True, null=True, verbose_name="threshold"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="balance_alerts",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="set by",
                    ),
                ),
            ],
            options={
                "verbose_name": "balance alert",
                "verbose_name_plural": "balance alerts",
                "indexes": [
                    models.Index(fields=["account", "-id"], name="billing_balancealert_latest")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("threshold__gt", 0)),
                        name="billing_balancealert_more_than_nothing",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MoneyDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "e-mail"), ("sms", "SMS")],
                        max_length=12,
                        verbose_name="channel",
                    ),
                ),
                ("address", models.CharField(max_length=254, verbose_name="address")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "waiting"),
                            ("sending", "being sent"),
                            ("retrying", "being retried"),
                            ("accepted", "accepted"),
                            ("failed", "failed for good"),
                            ("unknown", "unknown"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                ("not_before", models.DateTimeField(verbose_name="not before")),
                (
                    "lease_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="claimed until"),
                ),
                (
                    "reference",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="reference"
                    ),
                ),
                (
                    "settled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="settled at"),
                ),
                (
                    "provider_reference",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="provider's reference"
                    ),
                ),
                ("answer", models.JSONField(blank=True, default=dict, verbose_name="answer")),
                (
                    "message",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="billing.moneymessage",
                        verbose_name="message",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery about money",
                "verbose_name_plural": "deliveries about money",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["pending", "sending", "retrying"])),
                        fields=["not_before"],
                        name="billing_moneydelivery_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("message", "channel"), name="billing_moneydelivery_once_per_channel"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="occasion",
            index=models.Index(
                condition=models.Q(("told_at__isnull", True)),
                fields=["id"],
                name="billing_occasion_untold",
            ),
        ),
        migrations.AddConstraint(
            model_name="occasion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "low_balance"), ("lot__isnull", True), ("threshold__isnull", False)
                    ),
                    models.Q(
                        ("kind", "credit_expiring"),
                        ("lot__isnull", False),
                        ("threshold__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="billing_occasion_says_what_it_is",
            ),
        ),
        migrations.AddIndex(
            model_name="moneymessage",
            index=models.Index(
                fields=["recipient", "-recorded_at"], name="billing_moneymessage_inbox"
            ),
        ),
        migrations.AddConstraint(
            model_name="moneymessage",
            constraint=models.UniqueConstraint(
                fields=("occasion", "recipient"), name="billing_moneymessage_once_per_person"
            ),
        ),
    ]
