"""Policies, reports, cases, evidence, decisions, statements, appeals, orders."""

import functools
import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
import common.models.transaction_ids
import common.public_ids
import compliance.models.reports


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0017_indexes_for_sealing"),
        ("billing", "0015_payment_guards"),
        ("notices", "0017_amendment_tells_objectors"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Policy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("clause_number", models.CharField(max_length=24, verbose_name="clause")),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                (
                    "supervisors_only",
                    models.BooleanField(default=False, verbose_name="supervisors only"),
                ),
            ],
            options={
                "verbose_name": "policy",
                "verbose_name_plural": "policies",
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="Case",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "edition",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="edition"),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(common.public_ids.new_public_id, *("cas",), **{}),
                        editable=False,
                        max_length=32,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
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
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "new"),
                            ("triaged", "sorted"),
                            ("investigating", "being looked into"),
                            ("waiting", "waiting for the customer"),
                            ("proposed", "decision to approve"),
                            ("decided", "decided"),
                            ("closed", "closed"),
                        ],
                        default="new",
                        editable=False,
                        max_length=14,
                        verbose_name="state",
                    ),
                ),
                (
                    "severity",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "low"), (2, "medium"), (3, "high"), (4, "critical")],
                        default=2,
                        verbose_name="severity",
                    ),
                ),
                (
                    "queue",
                    models.CharField(
                        choices=[
                            ("intake", "intake"),
                            ("compliance", "compliance"),
                            ("supervisors", "supervisors"),
                        ],
                        default="intake",
                        editable=False,
                        max_length=12,
                        verbose_name="queue",
                    ),
                ),
                ("title", models.CharField(max_length=160, verbose_name="title")),
                ("subject", models.CharField(blank=True, max_length=200, verbose_name="subject")),
                ("subject_key", models.CharField(editable=False, max_length=80)),
                ("confidential", models.BooleanField(default=False, verbose_name="confidential")),
                (
                    "opened_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="opened at"
                    ),
                ),
                (
                    "state_since",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="since"
                    ),
                ),
                ("due_at", models.DateTimeField(editable=False, null=True, verbose_name="due")),
                (
                    "closed_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="closed at"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="worked on by",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="opened by",
                    ),
                ),
                (
                    "opponent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disputes",
                        to="accounts.account",
                        verbose_name="other side",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="compliance.policy",
                        verbose_name="policy",
                    ),
                ),
            ],
            options={
                "verbose_name": "case",
                "verbose_name_plural": "cases",
                "permissions": [
                    ("work_on_case", "Can work on cases"),
                    ("escalate_case", "Can escalate cases"),
                    ("see_confidential_case", "Can see confidential cases"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseNote",
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
                ("text", models.TextField(max_length=10000, verbose_name="note")),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="author",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="compliance.case",
                        verbose_name="case",
                    ),
                ),
            ],
            options={
                "verbose_name": "note",
                "verbose_name_plural": "notes",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Decision",
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
                        default=functools.partial(common.public_ids.new_public_id, *("dec",), **{}),
                        max_length=32,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                (
                    "facts_zh_hans",
                    models.TextField(max_length=10000, verbose_name="facts in Chinese"),
                ),
                ("facts_en", models.TextField(max_length=10000, verbose_name="facts in English")),
                (
                    "reasons_zh_hans",
                    models.TextField(max_length=10000, verbose_name="reasons in Chinese"),
                ),
                (
                    "reasons_en",
                    models.TextField(max_length=10000, verbose_name="reasons in English"),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("none", "no action"),
                            ("warning", "warning"),
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
                ("api_key_ids", models.JSONField(default=list, verbose_name="API keys")),
                ("limits", models.JSONField(default=dict, verbose_name="limits")),
                ("amount", models.BigIntegerField(null=True, verbose_name="amount")),
                ("days", models.PositiveSmallIntegerField(null=True, verbose_name="days")),
                ("at_once", models.BooleanField(default=False, verbose_name="at once")),
                (
                    "grounds",
                    models.TextField(
                        blank=True, max_length=2000, verbose_name="grounds for acting at once"
                    ),
                ),
                (
                    "strike_points",
                    models.PositiveSmallIntegerField(default=0, verbose_name="strike points"),
                ),
                (
                    "subject_digest",
                    models.CharField(max_length=64, verbose_name="SHA-256 of the subject"),
                ),
                (
                    "digest",
                    models.CharField(max_length=64, verbose_name="SHA-256 of what is decided"),
                ),
                (
                    "transaction",
                    common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="compliance.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "clause",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.clause",
                        verbose_name="clause",
                    ),
                ),
                (
                    "clause_at_conduct",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.clause",
                        verbose_name="clause at the time of the conduct",
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.inferencemodel",
                        verbose_name="model",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="proposed by",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.service",
                        verbose_name="service",
                    ),
                ),
                (
                    "supersedes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="compliance.decision",
                        verbose_name="supersedes",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision",
                "verbose_name_plural": "decisions",
                "permissions": [
                    ("propose_decision", "Can propose decisions"),
                    ("approve_decision", "Can approve decisions"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContentOrder",
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
                        default=functools.partial(common.public_ids.new_public_id, *("ord",), **{}),
                        max_length=32,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("delete", "delete"),
                            ("modify", "modify"),
                            ("withhold", "withhold"),
                        ],
                        max_length=10,
                        verbose_name="what to do",
                    ),
                ),
                ("target", models.CharField(max_length=200, verbose_name="what it is about")),
                (
                    "instruction",
                    models.CharField(blank=True, max_length=500, verbose_name="instruction"),
                ),
                ("due_at", models.DateTimeField(verbose_name="by")),
                (
                    "transaction",
                    common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="compliance.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="compliance.decision",
                        verbose_name="decision",
                    ),
                ),
            ],
            options={
                "verbose_name": "order about content",
                "verbose_name_plural": "orders about content",
            },
        ),
        migrations.CreateModel(
            name="Appeal",
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
                        default=functools.partial(common.public_ids.new_public_id, *("apl",), **{}),
                        max_length=32,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                ("text", models.TextField(verbose_name="what is objected")),
                ("answer_by", models.DateTimeField(verbose_name="answer by")),
                (
                    "transaction",
                    common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
                ),
                (
                    "appealed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="appealed by",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appeals",
                        to="compliance.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "decision",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appeal",
                        to="compliance.decision",
                        verbose_name="decision",
                    ),
                ),
            ],
            options={
                "verbose_name": "appeal",
                "verbose_name_plural": "appeals",
                "permissions": [("decide_appeal", "Can decide appeals")],
            },
        ),
        migrations.CreateModel(
            name="DecisionApproval",
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
                    "digest",
                    models.CharField(max_length=64, verbose_name="SHA-256 of what is approved"),
                ),
                (
                    "transaction",
                    common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
                    ),
                ),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approval",
                        to="compliance.decision",
                        verbose_name="decision",
                    ),
                ),
            ],
            options={
                "verbose_name": "approval of a decision",
                "verbose_name_plural": "approvals of decisions",
            },
        ),
        migrations.CreateModel(
            name="DecisionEffect",
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
                    "change",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notices.servicechange",
                        verbose_name="change",
                    ),
                ),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="effect",
                        to="compliance.decision",
                        verbose_name="decision",
                    ),
                ),
                (
                    "journal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.journal",
                        verbose_name="journal",
                    ),
                ),
            ],
            options={
                "verbose_name": "effect of a decision",
                "verbose_name_plural": "effects of decisions",
            },
        ),
        migrations.CreateModel(
            name="DecisionRejection",
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
                    "stale",
                    models.BooleanField(default=False, verbose_name="the subject had changed"),
                ),
                ("reason", models.TextField(max_length=2000, verbose_name="reason")),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rejection",
                        to="compliance.decision",
                        verbose_name="decision",
                    ),
                ),
                (
                    "rejected_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="sent back by",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision sent back",
                "verbose_name_plural": "decisions sent back",
            },
        ),
        migrations.CreateModel(
            name="DecisionReversal",
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
                ("reason", models.TextField(max_length=2000, verbose_name="reason")),
                (
                    "appeal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversals",
                        to="compliance.appeal",
                        verbose_name="appeal",
                    ),
                ),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversal",
                        to="compliance.decision",
                        verbose_name="decision",
                    ),
                ),
                (
                    "reversed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="undone by",
                    ),
                ),
            ],
            options={
                "verbose_name": "reversal of a decision",
                "verbose_name_plural": "reversals of decisions",
            },
        ),
        migrations.CreateModel(
            name="Evidence",
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
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=120, verbose_name="name of the file")),
                ("media_type", models.CharField(max_length=60, verbose_name="type")),
                ("size", models.PositiveIntegerField(verbose_name="bytes")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256 as it came")),
                ("kept_sha256", models.CharField(max_length=64, verbose_name="SHA-256 as kept")),
                (
                    "sensitivity",
                    models.CharField(
                        choices=[
                            ("ordinary", "ordinary"),
                            ("identity", "identity document"),
                            ("minor", "of a child"),
                            ("interaction", "content of the customer's use"),
                        ],
                        default="ordinary",
                        max_length=12,
                        verbose_name="sensitivity",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("staff", "staff"),
                            ("reporter", "reporter"),
                            ("customer", "customer"),
                            ("platform", "platform"),
                        ],
                        max_length=10,
                        verbose_name="from",
                    ),
                ),
                (
                    "note",
                    models.CharField(blank=True, max_length=500, verbose_name="what it shows"),
                ),
                (
                    "transaction",
                    common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
                ),
                (
                    "added_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="added by",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="compliance.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.serviceclient",
                        verbose_name="service client",
                    ),
                ),
            ],
            options={
                "verbose_name": "evidence",
                "verbose_name_plural": "evidence",
                "permissions": [("read_evidence", "Can read evidence")],
            },
        ),
        migrations.CreateModel(
            name="DeletionCertificate",
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
                ("signatory", models.CharField(max_length=80, verbose_name="signed by")),
                ("signed_on", models.DateField(verbose_name="signed on")),
                ("what", models.CharField(max_length=500, verbose_name="what was deleted")),
                (
                    "transaction",
                    common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
                ),
                (
                    "account",
                    models.ForeignKey(
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
                        related_name="certificates",
                        to="compliance.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="submitted by",
                    ),
                ),
                (
                    "document",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certificate",
                        to="compliance.evidence",
                        verbose_name="document",
                    ),
                ),
            ],
            options={
                "verbose_name": "certificate of deletion",
                "verbose_name_plural": "certificates of deletion",
            },
        ),
        migrations.AddField(
            model_name="appeal",
            name="files",
            field=models.ManyToManyField(
                related_name="appeals", to="compliance.evidence", verbose_name="files"
            ),
        ),
        migrations.CreateModel(
            name="EvidenceContent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key_id", models.CharField(db_index=True, max_length=40, verbose_name="key")),
                ("ciphertext", models.BinaryField(verbose_name="content")),
                (
                    "evidence",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="content",
                        to="compliance.evidence",
                        verbose_name="evidence",
                    ),
                ),
            ],
            options={
                "verbose_name": "content of evidence",
                "verbose_name_plural": "contents of evidence",
            },
        ),
        migrations.CreateModel(
            name="EvidenceGrantRequest",
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
                ("reason", models.TextField(max_length=2000, verbose_name="reason")),
                ("hours", models.PositiveSmallIntegerField(verbose_name="hours")),
                (
                    "evidence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grant_requests",
                        to="compliance.evidence",
                        verbose_name="evidence",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
            ],
            options={
                "verbose_name": "request to see evidence",
                "verbose_name_plural": "requests to see evidence",
            },
        ),
        migrations.CreateModel(
            name="EvidenceGrant",
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
                ("allowed", models.BooleanField(verbose_name="allowed")),
                ("reason", models.TextField(blank=True, max_length=2000, verbose_name="reason")),
                ("ends_at", models.DateTimeField(null=True, verbose_name="until")),
                (
                    "answered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="answered by",
                    ),
                ),
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grant",
                        to="compliance.evidencegrantrequest",
                        verbose_name="request",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer to a request to see evidence",
                "verbose_name_plural": "answers to requests to see evidence",
                "permissions": [("grant_evidence", "Can allow others to see sensitive evidence")],
            },
        ),
        migrations.CreateModel(
            name="EvidenceView",
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
                ("ip_address", models.GenericIPAddressField(null=True, verbose_name="IP address")),
                (
                    "evidence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="views",
                        to="compliance.evidence",
                        verbose_name="evidence",
                    ),
                ),
                (
                    "grant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="views",
                        to="compliance.evidencegrant",
                        verbose_name="allowed by",
                    ),
                ),
                (
                    "viewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="viewer",
                    ),
                ),
            ],
            options={
                "verbose_name": "view of evidence",
                "verbose_name_plural": "views of evidence",
            },
        ),
        migrations.CreateModel(
            name="Inquiry",
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
                        default=functools.partial(common.public_ids.new_public_id, *("inq",), **{}),
                        max_length=32,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                (
                    "question_zh_hans",
                    models.TextField(max_length=4000, verbose_name="question in Chinese"),
                ),
                (
                    "question_en",
                    models.TextField(max_length=4000, verbose_name="question in English"),
                ),
                ("answer_by", models.DateTimeField(verbose_name="answer by")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="inquiries",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="inquiries",
                        to="compliance.case",
                        verbose_name="case",
                    ),
                ),
            ],
            options={
                "verbose_name": "inquiry",
                "verbose_name_plural": "inquiries",
            },
        ),
        migrations.CreateModel(
            name="InquiryAnswer",
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
                ("text", models.TextField(max_length=10000, verbose_name="answer")),
                (
                    "answered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="answered by",
                    ),
                ),
                (
                    "inquiry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answer",
                        to="compliance.inquiry",
                        verbose_name="inquiry",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer",
                "verbose_name_plural": "answers",
            },
        ),
        migrations.CreateModel(
            name="InteractionGrant",
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
                        default=functools.partial(common.public_ids.new_public_id, *("igr",), **{}),
                        max_length=32,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                ("scope", models.TextField(max_length=2000, verbose_name="what may be looked at")),
                ("ends_at", models.DateTimeField(verbose_name="until")),
                ("ip_address", models.GenericIPAddressField(null=True, verbose_name="IP address")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interaction_grants",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interaction_grants",
                        to="compliance.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "given_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="given by",
                    ),
                ),
            ],
            options={
                "verbose_name": "leave to look at content",
                "verbose_name_plural": "leaves to look at content",
            },
        ),
        migrations.AddField(
            model_name="evidence",
            name="interaction_grant",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="evidence",
                to="compliance.interactiongrant",
                verbose_name="leave to look at content",
            ),
        ),
        migrations.CreateModel(
            name="InteractionGrantEnd",
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
                    "ended_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="taken back by",
                    ),
                ),
                (
                    "grant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="end",
                        to="compliance.interactiongrant",
                        verbose_name="leave",
                    ),
                ),
            ],
            options={
                "verbose_name": "end of a leave to look at content",
                "verbose_name_plural": "ends of leaves to look at content",
            },
        ),
        migrations.CreateModel(
            name="PolicyBinding",
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
                    "bound_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="bound by",
                    ),
                ),
                (
                    "clause",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.clause",
                        verbose_name="clause",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bindings",
                        to="compliance.policy",
                        verbose_name="policy",
                    ),
                ),
            ],
            options={
                "verbose_name": "binding of a policy",
                "verbose_name_plural": "bindings of policies",
            },
        ),
        migrations.CreateModel(
            name="PolicyVersion",
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
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                (
                    "title_zh_hans",
                    models.CharField(max_length=120, verbose_name="title in Chinese"),
                ),
                ("title_en", models.CharField(max_length=120, verbose_name="title in English")),
                ("text_zh_hans", models.TextField(verbose_name="text in Chinese")),
                ("text_en", models.TextField(verbose_name="text in English")),
                (
                    "severity",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "low"), (2, "medium"), (3, "high"), (4, "critical")],
                        verbose_name="severity",
                    ),
                ),
                (
                    "allowed_actions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("none", "no action"),
                                ("warning", "warning"),
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
                (
                    "default_action",
                    models.CharField(
                        choices=[
                            ("none", "no action"),
                            ("warning", "warning"),
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
                (
                    "strike_points",
                    models.PositiveSmallIntegerField(default=0, verbose_name="strike points"),
                ),
                (
                    "tell_authority",
                    models.BooleanField(default=False, verbose_name="an authority has to be told"),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="compliance.policy",
                        verbose_name="policy",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="written by",
                    ),
                ),
            ],
            options={
                "verbose_name": "policy version",
                "verbose_name_plural": "policy versions",
            },
        ),
        migrations.AddField(
            model_name="decision",
            name="policy_version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="compliance.policyversion",
                verbose_name="policy",
            ),
        ),
        migrations.CreateModel(
            name="Report",
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
                    "receipt",
                    models.CharField(
                        default=compliance.models.reports.new_receipt,
                        max_length=30,
                        unique=True,
                        verbose_name="receipt number",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("public", "public form"),
                            ("customer", "customer"),
                            ("staff", "staff"),
                            ("api", "platform"),
                        ],
                        max_length=10,
                        verbose_name="came in by",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
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
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("about_text", models.CharField(blank=True, max_length=200, verbose_name="about")),
                ("statement", models.TextField(verbose_name="statement")),
                ("contact_name", models.TextField(blank=True, verbose_name="name of the reporter")),
                (
                    "contact_email",
                    models.TextField(blank=True, verbose_name="e-mail of the reporter"),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "Simplified Chinese"), ("en", "English")],
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                (
                    "client_key",
                    models.CharField(blank=True, max_length=80, verbose_name="key of the client"),
                ),
                (
                    "request_hash",
                    models.CharField(
                        blank=True, max_length=64, verbose_name="SHA-256 of the request"
                    ),
                ),
                (
                    "transaction",
                    common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
                ),
                (
                    "about",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports_about",
                        to="accounts.account",
                        verbose_name="about the account",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="compliance.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.serviceclient",
                        verbose_name="service client",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="compliance.policy",
                        verbose_name="policy",
                    ),
                ),
                (
                    "reporter",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reporter",
                    ),
                ),
                (
                    "reporter_account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports_made",
                        to="accounts.account",
                        verbose_name="reporter's account",
                    ),
                ),
            ],
            options={
                "verbose_name": "report",
                "verbose_name_plural": "reports",
            },
        ),
        migrations.AddField(
            model_name="appeal",
            name="report",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appeals",
                to="compliance.report",
                verbose_name="report",
            ),
        ),
        migrations.CreateModel(
            name="ReportOutcome",
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
                    "verdict",
                    models.CharField(
                        choices=[
                            ("acted", "acted upon"),
                            ("not_acted", "no action"),
                            ("elsewhere", "passed on"),
                        ],
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                ("words_zh_hans", models.TextField(max_length=4000, verbose_name="in Chinese")),
                ("words_en", models.TextField(max_length=4000, verbose_name="in English")),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcomes",
                        to="compliance.report",
                        verbose_name="report",
                    ),
                ),
                (
                    "told_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="told by",
                    ),
                ),
            ],
            options={
                "verbose_name": "outcome of a report",
                "verbose_name_plural": "outcomes of reports",
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="appeal",
            name="outcome",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appeal",
                to="compliance.reportoutcome",
                verbose_name="outcome of the report",
            ),
        ),
        migrations.CreateModel(
            name="Statement",
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
                        default=functools.partial(common.public_ids.new_public_id, *("sor",), **{}),
                        max_length=32,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                ("text", models.TextField(verbose_name="text")),
                ("pdf", models.BinaryField(verbose_name="PDF")),
                (
                    "text_sha256",
                    models.CharField(max_length=64, verbose_name="SHA-256 of the text"),
                ),
                ("pdf_sha256", models.CharField(max_length=64, verbose_name="SHA-256 of the PDF")),
                ("appeal_until", models.DateTimeField(verbose_name="appeal until")),
                (
                    "transaction",
                    common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="compliance.decision",
                        verbose_name="decision",
                    ),
                ),
            ],
            options={
                "verbose_name": "statement of reasons",
                "verbose_name_plural": "statements of reasons",
            },
        ),
        migrations.CreateModel(
            name="Strike",
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
                ("points", models.PositiveSmallIntegerField(verbose_name="points")),
                ("expires_at", models.DateTimeField(verbose_name="counts until")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="strikes",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="strike",
                        to="compliance.decision",
                        verbose_name="decision",
                    ),
                ),
            ],
            options={
                "verbose_name": "strike",
                "verbose_name_plural": "strikes",
            },
        ),
        migrations.CreateModel(
            name="AppealDecision",
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
                    "result",
                    models.CharField(
                        choices=[
                            ("upheld", "decision stands"),
                            ("overturned", "decision undone"),
                            ("varied", "decision changed"),
                        ],
                        max_length=10,
                        verbose_name="result",
                    ),
                ),
                (
                    "reasons_zh_hans",
                    models.TextField(max_length=10000, verbose_name="reasons in Chinese"),
                ),
                (
                    "reasons_en",
                    models.TextField(max_length=10000, verbose_name="reasons in English"),
                ),
                (
                    "transaction",
                    common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
                ),
                (
                    "appeal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answer",
                        to="compliance.appeal",
                        verbose_name="appeal",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision on an appeal",
                "verbose_name_plural": "decisions on appeals",
                "indexes": [
                    models.Index(
                        fields=["transaction", "id"], name="compliance_appealdecision_seal"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseEvent",
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
                    "what",
                    models.CharField(
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
                            ("reporter_told", "reporter told"),
                            ("closed", "closed"),
                            ("reopened", "opened again"),
                        ],
                        max_length=20,
                        verbose_name="what",
                    ),
                ),
                ("data", models.JSONField(default=dict, verbose_name="details")),
                (
                    "transaction",
                    common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="compliance.case",
                        verbose_name="case",
                    ),
                ),
            ],
            options={
                "verbose_name": "event of a case",
                "verbose_name_plural": "events of cases",
                "ordering": ["pk"],
                "indexes": [
                    models.Index(fields=["transaction", "id"], name="compliance_event_to_seal")
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseLink",
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
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                (
                    "earlier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="links_to_later",
                        to="compliance.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "later",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="links_to_earlier",
                        to="compliance.case",
                        verbose_name="other case",
                    ),
                ),
                (
                    "linked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="linked by",
                    ),
                ),
            ],
            options={
                "verbose_name": "link between cases",
                "verbose_name_plural": "links between cases",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("earlier", "later"), name="compliance_caselink_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("earlier__lt", models.F("later"))),
                        name="compliance_caselink_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="task")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="by")),
                (
                    "added_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="added at"
                    ),
                ),
                ("done_at", models.DateTimeField(null=True, verbose_name="done at")),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="added by",
                    ),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="for",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="compliance.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="done by",
                    ),
                ),
            ],
            options={
                "verbose_name": "task",
                "verbose_name_plural": "tasks",
                "ordering": ["done_at", "due_on", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at", None)),
                        fields=["assignee", "due_on"],
                        name="compliance_casetask_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClockEntry",
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
                    "clock",
                    models.CharField(
                        choices=[
                            ("first_look", "first look"),
                            ("decision", "decision"),
                            ("appeal", "decision on the appeal"),
                        ],
                        max_length=12,
                        verbose_name="clock",
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("start", "started"),
                            ("pause", "paused"),
                            ("resume", "resumed"),
                            ("stop", "stopped"),
                        ],
                        max_length=8,
                        verbose_name="act",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("days", models.PositiveSmallIntegerField(null=True, verbose_name="working days")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clock_entries",
                        to="compliance.case",
                        verbose_name="case",
                    ),
                ),
            ],
            options={
                "verbose_name": "entry of a clock",
                "verbose_name_plural": "entries of clocks",
                "ordering": ["pk"],
                "indexes": [
                    models.Index(fields=["case", "clock", "id"], name="compliance_clockentry_of")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("act", "start"), ("days__isnull", False)),
                            models.Q(models.Q(("act", "start"), _negated=True), ("days", None)),
                            _connector="OR",
                        ),
                        name="compliance_clockentry_days_iff_started",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContentOrderReceipt",
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
                    "outcome",
                    models.CharField(
                        choices=[
                            ("fetched", "received"),
                            ("done", "done"),
                            ("partly", "partly done"),
                            ("failed", "not possible"),
                        ],
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                (
                    "reference",
                    models.CharField(
                        blank=True, max_length=120, verbose_name="the platform's reference"
                    ),
                ),
                ("done_at", models.DateTimeField(null=True, verbose_name="done at")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("client_key", models.CharField(max_length=80, verbose_name="key of the client")),
                (
                    "request_hash",
                    models.CharField(max_length=64, verbose_name="SHA-256 of the request"),
                ),
                (
                    "transaction",
                    common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.serviceclient",
                        verbose_name="service client",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="compliance.contentorder",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "receipt for an order",
                "verbose_name_plural": "receipts for orders",
                "indexes": [
                    models.Index(fields=["transaction", "id"], name="compliance_orderreceipt_seal")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client", "client_key"), name="compliance_contentorderreceipt_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="contentorder",
            index=models.Index(fields=["transaction", "id"], name="compliance_order_to_seal"),
        ),
        migrations.AddIndex(
            model_name="decisionapproval",
            index=models.Index(fields=["transaction", "id"], name="compliance_approval_to_seal"),
        ),
        migrations.AddIndex(
            model_name="deletioncertificate",
            index=models.Index(fields=["transaction", "id"], name="compliance_certificate_to_seal"),
        ),
        migrations.AddConstraint(
            model_name="evidencegrantrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("hours__gte", 1), ("hours__lte", 72)),
                name="compliance_evidencegrantrequest_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidencegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("allowed", True), ("ends_at__isnull", False)),
                    models.Q(("allowed", False), ("ends_at__isnull", True)),
                    _connector="OR",
                ),
                name="compliance_evidencegrant_ends_iff_allowed",
            ),
        ),
        migrations.AddIndex(
            model_name="evidenceview",
            index=models.Index(fields=["evidence", "-id"], name="compliance_evidenceview_of"),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(fields=["transaction", "id"], name="compliance_evidence_to_seal"),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sensitivity", "interaction"), ("interaction_grant", None), _connector="XOR"
                ),
                name="compliance_evidence_interaction_has_leave",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["queue", "-severity", "due_at", "id"],
                name="compliance_case_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["assignee", "due_at", "id"],
                name="compliance_case_of_assignee",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["due_at"],
                name="compliance_case_due",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["account", "-id"], name="compliance_case_of_account"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["opened_at", "id"], name="compliance_case_by_opening"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("kind", "subject_key"),
                name="compliance_case_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "closed"), ("closed_at", None), _connector="XOR"),
                name="compliance_case_closed_iff_it_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="policybinding",
            constraint=models.UniqueConstraint(
                fields=("policy", "clause"), name="compliance_policybinding_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.UniqueConstraint(
                fields=("policy", "number"), name="compliance_policyversion_numbered_once"
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["transaction", "id"], name="compliance_decision_to_seal"),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["account", "-id"], name="compliance_decision_of"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("at_once", False), models.Q(("grounds", ""), _negated=True), _connector="OR"
                ),
                name="compliance_decision_at_once_has_grounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("action", "ledger_hold"), ("amount__gt", 0)),
                    models.Q(models.Q(("action", "ledger_hold"), _negated=True), ("amount", None)),
                    _connector="OR",
                ),
                name="compliance_decision_amount_iff_held",
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["transaction", "id"], name="compliance_report_to_seal"),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["reporter", "-id"], name="compliance_report_of_reporter"),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                condition=models.Q(("client_key", ""), _negated=True),
                fields=("client", "client_key"),
                name="compliance_report_once_per_key",
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(fields=["transaction", "id"], name="compliance_appeal_to_seal"),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision__isnull", False), ("outcome", None), ("report", None)),
                    models.Q(
                        ("decision", None), ("outcome__isnull", False), ("report__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="compliance_appeal_against_one_thing",
            ),
        ),
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(fields=["transaction", "id"], name="compliance_statement_to_seal"),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(
                fields=("decision", "language"), name="compliance_statement_once"
            ),
        ),
        migrations.AddIndex(
            model_name="strike",
            index=models.Index(fields=["account", "expires_at"], name="compliance_strike_of"),
        ),
    ]
