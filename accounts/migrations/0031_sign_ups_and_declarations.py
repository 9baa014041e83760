"""Accounts are opened: sign-ups under way, what is declared, guardians."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
from common.sql import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0030_counts_of_messages"),
    ]

    operations = [
        migrations.AlterField(
            model_name="acceptance",
            name="method",
            field=models.CharField(
                choices=[
                    ("page", "on the acceptance page"),
                    ("sign_up", "when the account was opened"),
                    ("ahead", "ahead of its date"),
                    ("import", "brought in with the account"),
                ],
                max_length=10,
                verbose_name="how",
            ),
        ),
        migrations.CreateModel(
            name="GuardianConsent",
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
                ("guardian_name", models.TextField(verbose_name="guardian")),
                ("guardian_phone", models.TextField(verbose_name="guardian's phone")),
                ("phone_mark", models.CharField(max_length=64, verbose_name="mark of the phone")),
                (
                    "relation",
                    models.CharField(
                        choices=[("parent", "parent"), ("guardian", "legal guardian")],
                        max_length=10,
                        verbose_name="relation",
                    ),
                ),
                (
                    "personal_data",
                    models.BooleanField(verbose_name="consents to processing a child's data"),
                ),
                (
                    "text_sha256",
                    models.CharField(max_length=64, verbose_name="SHA-256 of the text"),
                ),
                ("wording", models.PositiveSmallIntegerField(verbose_name="wording")),
                ("consented_at", models.DateTimeField(verbose_name="consented at")),
                ("ip_address", models.GenericIPAddressField(null=True, verbose_name="IP address")),
                (
                    "user_agent",
                    models.CharField(blank=True, max_length=300, verbose_name="browser"),
                ),
                (
                    "text",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.agreementtext",
                        verbose_name="version of the terms",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardian_consents",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="minor",
                    ),
                ),
            ],
            options={
                "verbose_name": "guardian's consent",
                "verbose_name_plural": "guardians' consents",
                "permissions": [("withdraw_guardianconsent", "Can end guardians' consents")],
            },
        ),
        migrations.CreateModel(
            name="GuardianConsentWithdrawal",
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
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "consent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawal",
                        to="accounts.guardianconsent",
                        verbose_name="consent",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "end of a guardian's consent",
                "verbose_name_plural": "ends of guardians' consents",
            },
        ),
        migrations.CreateModel(
            name="SignUp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code_digest", models.CharField(blank=True, editable=False, max_length=64)),
                (
                    "code_expires_at",
                    models.DateTimeField(
                        editable=False, null=True, verbose_name="code valid until"
                    ),
                ),
                (
                    "wrong_codes",
                    models.PositiveSmallIntegerField(
                        default=0, editable=False, verbose_name="wrong codes"
                    ),
                ),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("phone_token", models.TextField(blank=True, editable=False, verbose_name="phone")),
                (
                    "verified_at",
                    models.DateTimeField(
                        editable=False, null=True, verbose_name="phone verified at"
                    ),
                ),
                ("name_token", models.TextField(blank=True, editable=False, verbose_name="name")),
                (
                    "password",
                    models.CharField(
                        blank=True, editable=False, max_length=128, verbose_name="password"
                    ),
                ),
                (
                    "declared",
                    models.JSONField(default=dict, editable=False, verbose_name="declared"),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "Simplified Chinese"), ("en", "English")],
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                ("began_at", models.DateTimeField(editable=False, verbose_name="began at")),
                ("expires_at", models.DateTimeField(editable=False, verbose_name="expires at")),
            ],
            options={
                "verbose_name": "sign-up under way",
                "verbose_name_plural": "sign-ups under way",
                "indexes": [models.Index(fields=["expires_at"], name="accounts_signup_over")],
            },
        ),
        migrations.CreateModel(
            name="UseDeclaration",
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
                ("use", models.CharField(max_length=20, verbose_name="use")),
                (
                    "details",
                    models.CharField(blank=True, max_length=500, verbose_name="in their words"),
                ),
                ("excluded", models.JSONField(verbose_name="declared not to be meant")),
                (
                    "list_version",
                    models.PositiveSmallIntegerField(verbose_name="version of the list"),
                ),
                ("clause", models.CharField(max_length=24, verbose_name="clause")),
                ("declared_at", models.DateTimeField(verbose_name="declared at")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="declared_uses",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.agreementversion",
                        verbose_name="version of the terms",
                    ),
                ),
            ],
            options={
                "verbose_name": "declaration of use",
                "verbose_name_plural": "declarations of use",
            },
        ),
        migrations.CreateModel(
            name="CapacityDeclaration",
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
                    "capacity",
                    models.CharField(
                        choices=[("adult", "adult"), ("minor", "minor"), ("child", "child")],
                        max_length=8,
                        verbose_name="capacity",
                    ),
                ),
                ("of_age_on", models.DateField(null=True, verbose_name="of age on")),
                ("clause", models.CharField(max_length=24, verbose_name="clause")),
                ("wording", models.PositiveSmallIntegerField(verbose_name="wording")),
                ("declared_at", models.DateTimeField(verbose_name="declared at")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="capacities",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.agreementversion",
                        verbose_name="version of the terms",
                    ),
                ),
            ],
            options={
                "verbose_name": "declaration of capacity",
                "verbose_name_plural": "declarations of capacity",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("capacity", "adult"), ("of_age_on", None)),
                            models.Q(
                                models.Q(("capacity", "adult"), _negated=True),
                                ("of_age_on__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="accounts_capacitydeclaration_of_age_iff_minor",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GuardianRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code_digest", models.CharField(blank=True, editable=False, max_length=64)),
                (
                    "code_expires_at",
                    models.DateTimeField(
                        editable=False, null=True, verbose_name="code valid until"
                    ),
                ),
                (
                    "wrong_codes",
                    models.PositiveSmallIntegerField(
                        default=0, editable=False, verbose_name="wrong codes"
                    ),
                ),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("phone_token", models.TextField(editable=False, verbose_name="guardian's phone")),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "Simplified Chinese"), ("en", "English")],
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                ("asked_at", models.DateTimeField(editable=False, verbose_name="asked at")),
                ("expires_at", models.DateTimeField(editable=False, verbose_name="expires at")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardian_requests",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "request to a guardian",
                "verbose_name_plural": "requests to guardians",
                "indexes": [
                    models.Index(fields=["expires_at"], name="accounts_guardianrequest_over")
                ],
            },
        ),
        append_only("accounts_capacitydeclaration"),
        append_only("accounts_usedeclaration"),
        append_only("accounts_guardianconsent"),
        append_only("accounts_guardianconsentwithdrawal"),
    ]
