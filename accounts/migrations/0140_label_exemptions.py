"""Leave to make content without the explicit label, as asked for, promised, granted and ended."""

import functools

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
import common.models.transaction_ids
import common.public_ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0131_conditions_name_new_terms"),
    ]

    operations = [
        migrations.CreateModel(
            name="LabelApplication",
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
                    "public_id",
                    models.CharField(
                        default=functools.partial(common.public_ids.new_public_id, *("lap",), **{}),
                        editable=False,
                        max_length=32,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                ("whole_account", models.BooleanField(verbose_name="for the whole account")),
                (
                    "services",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="for services",
                    ),
                ),
                ("purpose", models.TextField(verbose_name="purpose")),
                (
                    "text_sha256",
                    models.CharField(max_length=64, verbose_name="SHA-256 of the text"),
                ),
                ("ip_address", models.GenericIPAddressField(null=True, verbose_name="IP address")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="label_applications",
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
                    "clause",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.clause",
                        verbose_name="clause",
                    ),
                ),
                (
                    "text",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.agreementtext",
                        verbose_name="text",
                    ),
                ),
            ],
            options={
                "verbose_name": "application for a label exemption",
                "verbose_name_plural": "applications for label exemptions",
            },
        ),
        migrations.CreateModel(
            name="LabelApplicationEnd",
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
                        choices=[("declined", "declined"), ("withdrawn", "taken back")],
                        max_length=10,
                        verbose_name="how",
                    ),
                ),
                (
                    "reason_zh_hans",
                    models.TextField(blank=True, default="", verbose_name="reason (Chinese)"),
                ),
                (
                    "reason_en",
                    models.TextField(blank=True, default="", verbose_name="reason (English)"),
                ),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="end",
                        to="accounts.labelapplication",
                        verbose_name="application",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "end of an application for a label exemption",
                "verbose_name_plural": "ends of applications for label exemptions",
            },
        ),
        migrations.CreateModel(
            name="LabelExemption",
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
                    "public_id",
                    models.CharField(
                        default=functools.partial(common.public_ids.new_public_id, *("lex",), **{}),
                        editable=False,
                        max_length=32,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        choices=[("explicit", "explicit label")],
                        default="explicit",
                        max_length=10,
                        verbose_name="label",
                    ),
                ),
                ("last_day", models.DateField(verbose_name="last day")),
                ("ends_at", models.DateTimeField(editable=False, verbose_name="ends at")),
                (
                    "digest",
                    models.CharField(max_length=64, verbose_name="SHA-256 of what is approved"),
                ),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="label_exemptions",
                        to="accounts.account",
                        verbose_name="account",
                    ),
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
                "verbose_name": "label exemption",
                "verbose_name_plural": "label exemptions",
                "permissions": [
                    ("propose_labelexemption", "Can propose and decline label exemptions"),
                    ("approve_labelexemption", "Can grant label exemptions that others proposed"),
                    ("revoke_labelexemption", "Can revoke label exemptions"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LabelExemptionEnd",
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
                            ("revoked", "revoked"),
                            ("given_up", "given up"),
                            ("replaced", "another in its place"),
                        ],
                        max_length=10,
                        verbose_name="how",
                    ),
                ),
                (
                    "reason_zh_hans",
                    models.TextField(blank=True, default="", verbose_name="reason (Chinese)"),
                ),
                (
                    "reason_en",
                    models.TextField(blank=True, default="", verbose_name="reason (English)"),
                ),
                (
                    "case_reference",
                    models.CharField(blank=True, default="", max_length=32, verbose_name="case"),
                ),
                (
                    "clause",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.clause",
                        verbose_name="clause",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "exemption",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="end",
                        to="accounts.labelexemption",
                        verbose_name="exemption",
                    ),
                ),
            ],
            options={
                "verbose_name": "end of a label exemption",
                "verbose_name_plural": "ends of label exemptions",
            },
        ),
        migrations.CreateModel(
            name="LabelProposal",
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
                ("last_day", models.DateField(verbose_name="last day")),
                (
                    "digest",
                    models.CharField(max_length=64, verbose_name="SHA-256 of what is proposed"),
                ),
                (
                    "case_reference",
                    models.CharField(blank=True, default="", max_length=32, verbose_name="case"),
                ),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="accounts.labelapplication",
                        verbose_name="application",
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
            ],
            options={
                "verbose_name": "proposal of a label exemption",
                "verbose_name_plural": "proposals of label exemptions",
            },
        ),
        migrations.AddField(
            model_name="labelexemption",
            name="proposal",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="exemptions",
                to="accounts.labelproposal",
                verbose_name="proposal",
            ),
        ),
        migrations.CreateModel(
            name="LabelUndertaking",
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
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256 of the words")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undertakings",
                        to="accounts.labelapplication",
                        verbose_name="application",
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
                    "words",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.clausetext",
                        verbose_name="clause text",
                    ),
                ),
            ],
            options={
                "verbose_name": "undertaking",
                "verbose_name_plural": "undertakings",
            },
        ),
        migrations.AddConstraint(
            model_name="labelapplication",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("services", []), ("whole_account", True)),
                    models.Q(("whole_account", False), models.Q(("services", []), _negated=True)),
                    _connector="OR",
                ),
                name="accounts_labelapplication_whole_or_services",
            ),
        ),
        migrations.AddConstraint(
            model_name="labelapplication",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose", ""), _negated=True),
                name="accounts_labelapplication_has_a_purpose",
            ),
        ),
        migrations.AddConstraint(
            model_name="labelapplicationend",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "declined"), _negated=True),
                    models.Q(
                        models.Q(("reason_zh_hans", ""), _negated=True),
                        models.Q(("reason_en", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="accounts_labelapplicationend_declined_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="labelexemptionend",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "revoked"), _negated=True),
                    models.Q(
                        models.Q(("reason_zh_hans", ""), _negated=True),
                        models.Q(("reason_en", ""), _negated=True),
                        ("clause__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="accounts_labelexemptionend_revoked_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="labelproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="accounts_labelproposal_has_a_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="labelexemption",
            index=models.Index(fields=["account", "ends_at"], name="accounts_labelexemption_of"),
        ),
        migrations.AddIndex(
            model_name="labelexemption",
            index=models.Index(fields=["ends_at"], name="accounts_labelexemption_ending"),
        ),
        migrations.AddConstraint(
            model_name="labelexemption",
            constraint=models.CheckConstraint(
                condition=models.Q(("label", "explicit")),
                name="accounts_labelexemption_never_of_the_implicit_label",
            ),
        ),
        migrations.AddConstraint(
            model_name="labelexemption",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="accounts_labelexemption_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="labelundertaking",
            constraint=models.UniqueConstraint(
                fields=("application", "clause"), name="accounts_labelundertaking_each_once"
            ),
        ),
    ]
