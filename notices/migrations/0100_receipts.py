"""Receipts of providers, what became known of doubtful attempts, and when sweepers looked.

New tables, and columns without a default or with one the database keeps by itself: nothing is
rewritten.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
import common.models.transaction_ids


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0031_closed_accounts_fit_no_rule"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Receipt",
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
                    "transaction",
                    common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
                ),
                ("provider", models.SlugField(max_length=40, verbose_name="provider")),
                ("key", models.CharField(max_length=200, verbose_name="key")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("sent", "sent"),
                            ("delayed", "delayed"),
                            ("delivered", "delivered"),
                            ("failed_for_now", "failed_for_now"),
                            ("failed_for_good", "failed_for_good"),
                            ("complained", "complained"),
                        ],
                        max_length=15,
                        verbose_name="state",
                    ),
                ),
                (
                    "reference",
                    models.CharField(blank=True, max_length=200, verbose_name="reference"),
                ),
                (
                    "provider_reference",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="provider's reference"
                    ),
                ),
                ("said_at", models.DateTimeField(null=True, verbose_name="provider's time")),
                ("detail", models.JSONField(blank=True, default=dict, verbose_name="detail")),
            ],
            options={
                "verbose_name": "delivery receipt",
                "verbose_name_plural": "delivery receipts",
            },
        ),
        migrations.CreateModel(
            name="PostedReceipts",
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
                    "transaction",
                    common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
                ),
                ("provider", models.SlugField(max_length=40, verbose_name="provider")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("callback", "callback"),
                            ("query", "answer to a query"),
                            ("mailbox", "mailbox"),
                        ],
                        max_length=10,
                        verbose_name="came as",
                    ),
                ),
                ("headers", models.JSONField(blank=True, default=dict, verbose_name="headers")),
                ("body", models.BinaryField(verbose_name="body")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256 of the body")),
            ],
            options={
                "verbose_name": "posted receipts",
                "verbose_name_plural": "posted receipts",
            },
        ),
        migrations.CreateModel(
            name="ReceiptMatch",
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
                    "transaction",
                    common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
                ),
            ],
            options={
                "verbose_name": "match of a receipt",
                "verbose_name_plural": "matches of receipts",
            },
        ),
        migrations.CreateModel(
            name="Resolution",
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
                    "transaction",
                    common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("taken", "the provider had taken it"),
                            ("not_taken", "the provider never took it"),
                            ("resent", "sent again while in doubt"),
                        ],
                        max_length=10,
                        verbose_name="what became known",
                    ),
                ),
                ("answer", models.JSONField(blank=True, default=dict, verbose_name="answer")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
            ],
            options={
                "verbose_name": "resolution of a doubt",
                "verbose_name_plural": "resolutions of doubts",
            },
        ),
        migrations.CreateModel(
            name="Sweep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20, verbose_name="kind")),
                ("period", models.DateTimeField(verbose_name="period")),
                ("found", models.PositiveIntegerField(null=True, verbose_name="found")),
                ("done_at", models.DateTimeField(null=True, verbose_name="done at")),
            ],
            options={
                "verbose_name": "sweep",
                "verbose_name_plural": "sweeps",
            },
        ),
        migrations.AddField(
            model_name="attempt",
            name="repeats",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="repeated_by",
                to="notices.attempt",
                verbose_name="repeats",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="ask_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="asked about next"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="asks",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, verbose_name="times asked about"
            ),
        ),
        migrations.AddField(
            model_name="letterdelivery",
            name="ask_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="asked about next"),
        ),
        migrations.AddField(
            model_name="letterdelivery",
            name="asks",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, verbose_name="times asked about"
            ),
        ),
        migrations.AddField(
            model_name="letterdelivery",
            name="provider",
            field=models.CharField(
                blank=True, db_default="", max_length=40, verbose_name="provider"
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "waiting"),
                    ("sending", "being sent"),
                    ("accepted", "accepted"),
                    ("retrying", "being retried"),
                    ("failed", "failed for good"),
                    ("unknown", "unknown"),
                    ("cancelled", "cancelled"),
                    ("delivered", "delivered"),
                    ("unreached", "not reached"),
                    ("complained", "complained of"),
                    ("expired", "expired without word"),
                ],
                default="pending",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="letterdelivery",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "waiting"),
                    ("sending", "being sent"),
                    ("retrying", "being retried"),
                    ("accepted", "accepted"),
                    ("failed", "failed for good"),
                    ("unknown", "unknown"),
                    ("delivered", "delivered"),
                    ("unreached", "not reached"),
                    ("complained", "complained of"),
                    ("expired", "expired without word"),
                ],
                default="pending",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.CreateModel(
            name="ParkedReceipt",
            fields=[
                (
                    "receipt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="parked",
                        serialize=False,
                        to="notices.receipt",
                        verbose_name="delivery receipt",
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="since")),
                ("look_at", models.DateTimeField(db_index=True, verbose_name="looked at next")),
            ],
            options={
                "verbose_name": "parked receipt",
                "verbose_name_plural": "parked receipts",
            },
        ),
        migrations.CreateModel(
            name="UnreadReceipts",
            fields=[
                (
                    "posted",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="unread",
                        serialize=False,
                        to="notices.postedreceipts",
                        verbose_name="posted receipts",
                    ),
                ),
                ("look_at", models.DateTimeField(db_index=True, verbose_name="looked at next")),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
            ],
            options={
                "verbose_name": "unread receipts",
                "verbose_name_plural": "unread receipts",
            },
        ),
        migrations.AddField(
            model_name="receipt",
            name="posted",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="receipts",
                to="notices.postedreceipts",
                verbose_name="posted receipts",
            ),
        ),
        migrations.AddConstraint(
            model_name="postedreceipts",
            constraint=models.UniqueConstraint(
                fields=("provider", "sha256"), name="notices_postedreceipts_once"
            ),
        ),
        migrations.AddField(
            model_name="receiptmatch",
            name="attempt",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="matches",
                to="notices.attempt",
                verbose_name="attempt",
            ),
        ),
        migrations.AddField(
            model_name="receiptmatch",
            name="letter",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="matches",
                to="notices.letterdelivery",
                verbose_name="delivery of a letter",
            ),
        ),
        migrations.AddField(
            model_name="receiptmatch",
            name="receipt",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="match",
                to="notices.receipt",
                verbose_name="delivery receipt",
            ),
        ),
        migrations.AddField(
            model_name="resolution",
            name="attempt",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="resolutions",
                to="notices.attempt",
                verbose_name="attempt",
            ),
        ),
        migrations.AddField(
            model_name="resolution",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="decided by",
            ),
        ),
        migrations.AddField(
            model_name="resolution",
            name="delivery",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="resolutions",
                to="notices.delivery",
                verbose_name="delivery",
            ),
        ),
        migrations.AddIndex(
            model_name="sweep",
            index=models.Index(fields=["period"], name="notices_sweep_when"),
        ),
        migrations.AddConstraint(
            model_name="sweep",
            constraint=models.UniqueConstraint(
                fields=("kind", "period"), name="notices_sweep_once_a_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(
                fields=("provider", "key"), name="notices_receipt_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptmatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("attempt__isnull", False), ("letter", None)),
                    models.Q(("attempt", None), ("letter__isnull", False)),
                    _connector="OR",
                ),
                name="notices_receiptmatch_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="resolution",
            constraint=models.UniqueConstraint(
                fields=("attempt", "kind"), name="notices_resolution_once_of_a_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="resolution",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_by", None), ("kind", "resent")),
                fields=("delivery",),
                name="notices_resolution_resent_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="resolution",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None), models.Q(("reason", ""), _negated=True), _connector="OR"
                ),
                name="notices_resolution_has_a_reason",
            ),
        ),
    ]
