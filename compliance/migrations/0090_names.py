"""Doubtful names, cancelled names, names given back; what a decision may do about them (1.2.5)."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
from common.sql import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0024_terms_for_names"),
        ("compliance", "0087_index_of_reports_to_be_told"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="caseevent",
            name="what",
            field=models.CharField(
                choices=[
                    ("opened", "opened"),
                    ("reported", "reported"),
                    ("joined", "another report joined"),
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
            model_name="decision",
            name="action",
            field=models.CharField(
                choices=[
                    ("none", "no action"),
                    ("warning", "warning"),
                    ("name_cancellation", "cancellation of a name"),
                    ("content_order", "order to delete or modify content"),
                    ("output_restriction", "restriction of output"),
                    ("rate_limit", "rate limit"),
                    ("ledger_hold", "hold on money"),
                    ("partial_suspension", "suspension in part"),
                    ("suspension", "suspension"),
                    ("termination", "termination"),
                    ("permanent_disabling", "permanent disabling"),
                ],
                max_length=20,
                verbose_name="action",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="order",
            field=models.JSONField(default=dict, verbose_name="order"),
        ),
        migrations.AlterField(
            model_name="policyversion",
            name="allowed_actions",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("none", "no action"),
                        ("warning", "warning"),
                        ("name_cancellation", "cancellation of a name"),
                        ("content_order", "order to delete or modify content"),
                        ("output_restriction", "restriction of output"),
                        ("rate_limit", "rate limit"),
                        ("ledger_hold", "hold on money"),
                        ("partial_suspension", "suspension in part"),
                        ("suspension", "suspension"),
                        ("termination", "termination"),
                        ("permanent_disabling", "permanent disabling"),
                    ],
                    max_length=20,
                ),
                size=None,
                verbose_name="actions allowed",
            ),
        ),
        migrations.AlterField(
            model_name="policyversion",
            name="default_action",
            field=models.CharField(
                choices=[
                    ("none", "no action"),
                    ("warning", "warning"),
                    ("name_cancellation", "cancellation of a name"),
                    ("content_order", "order to delete or modify content"),
                    ("output_restriction", "restriction of output"),
                    ("rate_limit", "rate limit"),
                    ("ledger_hold", "hold on money"),
                    ("partial_suspension", "suspension in part"),
                    ("suspension", "suspension"),
                    ("termination", "termination"),
                    ("permanent_disabling", "permanent disabling"),
                ],
                max_length=20,
                verbose_name="usual action",
            ),
        ),
        migrations.CreateModel(
            name="NameCancellation",
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
                ("name", models.TextField(verbose_name="name")),
                ("became", models.CharField(max_length=120, verbose_name="name in its place")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="name_cancellations",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="name_cancellations",
                        to="compliance.decision",
                        verbose_name="decision",
                    ),
                ),
                (
                    "permit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.permit",
                        verbose_name="permit",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "cancelled name",
                "verbose_name_plural": "cancelled names",
            },
        ),
        migrations.CreateModel(
            name="NameDoubt",
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
                ("name", models.TextField(verbose_name="name")),
                ("hits", models.JSONField(default=list, verbose_name="terms")),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="name_doubts",
                        to="compliance.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "chosen_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="chosen by",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "doubtful name",
                "verbose_name_plural": "doubtful names",
            },
        ),
        migrations.CreateModel(
            name="NameRestoration",
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
                ("restored", models.BooleanField(verbose_name="given back")),
                ("reason", models.TextField(max_length=2000, verbose_name="reason")),
                (
                    "cancellation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="restoration",
                        to="compliance.namecancellation",
                        verbose_name="cancelled name",
                    ),
                ),
                (
                    "restored_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="restored by",
                    ),
                ),
            ],
            options={
                "verbose_name": "restored name",
                "verbose_name_plural": "restored names",
            },
        ),
        migrations.AddConstraint(
            model_name="namecancellation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("person", None)),
                fields=("permit",),
                name="compliance_namecancellation_of_account_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="namecancellation",
            constraint=models.UniqueConstraint(
                fields=("permit", "person"), name="compliance_namecancellation_of_person_once"
            ),
        ),
        append_only("compliance_namedoubt"),
        append_only("compliance_namecancellation"),
        append_only("compliance_namerestoration"),
    ]
