"""What the platform measured about an account (2.2.4, 2.2.6, 2.2.7); complaints of third parties (3.5)."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import common.clock
import common.public_ids
from common.sql import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0130_scopes_of_signals"),
        ("compliance", "0094_decisions_told_by_a_short_text"),
    ]

    operations = [
        migrations.AlterField(
            model_name="case",
            name="kind",
            field=models.CharField(
                choices=[
                    ("violation", "violation"),
                    ("account_name", "account name"),
                    ("suspected_transfer", "suspected transfer"),
                    ("compromised_account", "compromised account"),
                    ("user_dispute", "dispute between users"),
                    ("content_order", "order about content"),
                    ("proof_of_source", "proof of source"),
                    ("output_restriction", "restriction of output"),
                    ("platform_ip", "the platform's rights"),
                    ("leak", "leak"),
                    ("third_party", "complaint of a third party"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="caseevent",
            name="what",
            field=models.CharField(
                choices=[
                    ("opened", "opened"),
                    ("reported", "reported"),
                    ("joined", "another report joined"),
                    ("signalled", "signal of the platform"),
                    ("sorted", "sorted"),
                    ("claimed", "claimed"),
                    ("released", "released"),
                    ("escalated", "escalated"),
                    ("noted", "note written"),
                    ("linked", "linked"),
                    ("task_added", "task added"),
                    ("task_done", "task done"),
                    ("asked", "customer asked"),
                    ("answered", "customer answered"),
                    ("unanswered", "customer did not answer in time"),
                    ("evidence_added", "evidence added"),
                    ("decision_proposed", "decision proposed"),
                    ("decision_sent_back", "decision sent back"),
                    ("decision_approved", "decision approved"),
                    ("decision_effective", "decision put into effect"),
                    ("statement_made", "statement of reasons made"),
                    ("order_sent", "order sent to the platform"),
                    ("order_answered", "order answered"),
                    ("certified", "deletion certified"),
                    ("appealed", "appealed"),
                    ("appeal_decided", "appeal decided"),
                    ("name_doubted", "doubtful name chosen"),
                    ("renamed", "another name chosen"),
                    ("reporter_told", "reporter told"),
                    ("closed", "closed"),
                    ("reopened", "opened again"),
                ],
                max_length=20,
                verbose_name="what",
            ),
        ),
        migrations.AlterField(
            model_name="report",
            name="kind",
            field=models.CharField(
                choices=[
                    ("violation", "violation"),
                    ("account_name", "account name"),
                    ("suspected_transfer", "suspected transfer"),
                    ("compromised_account", "compromised account"),
                    ("user_dispute", "dispute between users"),
                    ("content_order", "order about content"),
                    ("proof_of_source", "proof of source"),
                    ("output_restriction", "restriction of output"),
                    ("platform_ip", "the platform's rights"),
                    ("leak", "leak"),
                    ("third_party", "complaint of a third party"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="PlatformSignal",
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
                        default=functools.partial(common.public_ids.new_public_id, *("sig",), **{}),
                        max_length=32,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("load", "unreasonable load"),
                            ("circumvention", "circumvention of restrictions"),
                            ("attack", "attack on systems"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("observed_from", models.DateTimeField(verbose_name="observed from")),
                ("observed_until", models.DateTimeField(verbose_name="observed until")),
                ("measured", models.JSONField(default=list, verbose_name="what was measured")),
                (
                    "evidence",
                    models.JSONField(default=list, verbose_name="what the platform found"),
                ),
                ("client_key", models.CharField(max_length=80, verbose_name="key of the client")),
                (
                    "request_hash",
                    models.CharField(max_length=64, verbose_name="SHA-256 of the request"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signals",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "api_key",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.apikey",
                        verbose_name="API key",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signals",
                        to="compliance.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.serviceclient",
                        verbose_name="service client",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.service",
                        verbose_name="service",
                    ),
                ),
            ],
            options={
                "verbose_name": "signal of the platform",
                "verbose_name_plural": "signals of the platform",
                "indexes": [models.Index(fields=["kind", "-id"], name="compliance_signal_by_kind")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client", "client_key"),
                        name="compliance_platformsignal_once_per_key",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("observed_until__gte", models.F("observed_from"))),
                        name="compliance_platformsignal_in_order",
                    ),
                ],
            },
        ),
        append_only("compliance_platformsignal"),
    ]
