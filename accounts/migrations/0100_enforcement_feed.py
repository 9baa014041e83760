"""The feed by which gateways decide for themselves, and the scopes for it."""

import uuid

import django.contrib.postgres.fields
from django.db import migrations, models

import common.models.transaction_ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0063_leaving_checked"),
    ]

    operations = [
        migrations.CreateModel(
            name="EnforcementChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=12, verbose_name="kind")),
                ("subject", models.CharField(max_length=40, verbose_name="what changed")),
                ("written_at", models.DateTimeField(editable=False, verbose_name="written at")),
                (
                    "transaction",
                    common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
                ),
            ],
            options={
                "verbose_name": "change without a number",
                "verbose_name_plural": "changes without a number",
                "indexes": [
                    models.Index(fields=["transaction", "id"], name="accounts_enforcement_in_turn"),
                ],
            },
        ),
        migrations.CreateModel(
            name="EnforcementEntry",
            fields=[
                (
                    "sequence",
                    models.BigIntegerField(
                        primary_key=True, serialize=False, verbose_name="number"
                    ),
                ),
                ("line", models.TextField(verbose_name="entry as JSON")),
                ("numbered_at", models.DateTimeField(verbose_name="numbered at")),
            ],
            options={
                "verbose_name": "entry of the feed",
                "verbose_name_plural": "entries of the feed",
            },
        ),
        migrations.CreateModel(
            name="EnforcementFeed",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="feed",
                    ),
                ),
                (
                    "last",
                    models.BigIntegerField(db_default=0, default=0, verbose_name="last number"),
                ),
                ("looked_as", models.UUIDField(null=True, verbose_name="looked through as")),
                (
                    "upto",
                    models.BigIntegerField(
                        db_default=0, default=0, verbose_name="looked through up to transaction"
                    ),
                ),
                (
                    "upto_id",
                    models.BigIntegerField(
                        db_default=0, default=0, verbose_name="and of that up to change"
                    ),
                ),
                (
                    "under_way",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        db_default=models.Value([]),
                        default=list,
                        size=None,
                        verbose_name="older transactions not over then",
                    ),
                ),
                (
                    "complete_at",
                    models.DateTimeField(null=True, verbose_name="nothing was left over at"),
                ),
            ],
            options={
                "verbose_name": "enforcement feed",
                "verbose_name_plural": "enforcement feeds",
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
                        ("charges:write", "charge rated usage"),
                        ("reports:write", "report accounts to compliance"),
                        ("orders:answer", "fetch and answer orders about content"),
                        ("enforcement:read", "read the enforcement feed"),
                        ("enforcement:apply", "say what of the feed is applied"),
                    ],
                    max_length=40,
                ),
                size=None,
                verbose_name="scopes",
            ),
        ),
        migrations.CreateModel(
            name="EnforcementState",
            fields=[
                (
                    "id",
                    models.CharField(
                        max_length=60, primary_key=True, serialize=False, verbose_name="identifier"
                    ),
                ),
                ("sequence", models.BigIntegerField(verbose_name="number")),
                ("gone", models.BooleanField(db_default=False, default=False, verbose_name="gone")),
                ("body", models.TextField(verbose_name="entry as JSON")),
                ("until", models.DateTimeField(null=True, verbose_name="until")),
                ("numbered_at", models.DateTimeField(verbose_name="numbered at")),
            ],
            options={
                "verbose_name": "state by the feed",
                "verbose_name_plural": "states by the feed",
                "indexes": [
                    models.Index(
                        condition=models.Q(("gone", True)),
                        fields=["numbered_at"],
                        name="accounts_enforcement_buried",
                    ),
                    models.Index(
                        condition=models.Q(("gone", False), ("until__isnull", False)),
                        fields=["until"],
                        name="accounts_enforcement_ending",
                    ),
                ],
            },
        ),
    ]
