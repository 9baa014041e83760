"""Codes, resets of passwords and recoveries of lost phones (clauses 1.2.4, 1.2.6)."""

import functools

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
import common.public_ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0033_minors_wait"),
    ]

    operations = [
        migrations.CreateModel(
            name="OneTimeCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(common.public_ids.new_public_id, *("otc",), **{}),
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("reset_phone", "Reset Phone"),
                            ("reset_email", "Reset Email"),
                            ("new_phone", "New Phone"),
                        ],
                        max_length=16,
                    ),
                ),
                ("address", models.TextField(blank=True)),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "Simplified Chinese"), ("en", "English")],
                        max_length=10,
                    ),
                ),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("asked_at", models.DateTimeField(db_default=common.clock.Now(), editable=False)),
                ("expires_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("proved_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "one-time code",
                "verbose_name_plural": "one-time codes",
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["asked_at"], name="accounts_onetimecode_asked"),
                    models.Index(
                        condition=models.Q(("address", ""), _negated=True),
                        fields=["id"],
                        name="accounts_onetimecode_to_send",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("tries__lte", 5)), name="accounts_onetimecode_tries"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("address", ""), _negated=True),
                            ("sent_at", None),
                            models.Q(("digest", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="accounts_onetimecode_sent_has_digest",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PhoneRecovery",
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
                        editable=False, max_length=32, unique=True, verbose_name="number"
                    ),
                ),
                ("old_phone", models.CharField(max_length=16, verbose_name="phone until now")),
                ("new_phone", models.CharField(max_length=16, verbose_name="new phone")),
                ("drops_factor", models.BooleanField(verbose_name="second factor lost as well")),
                ("reason", models.TextField(verbose_name="what they say")),
                ("ip_address", models.GenericIPAddressField(null=True, verbose_name="IP address")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recoveries",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "lost phone",
                "verbose_name_plural": "lost phones",
                "permissions": [
                    ("work_on_recovery", "Can look into lost phones and propose a change"),
                    ("approve_recovery", "Can approve a change of phone"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PhoneChange",
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
                    "dropped_factors",
                    models.JSONField(default=list, verbose_name="second factors removed"),
                ),
                (
                    "ended_sessions",
                    models.PositiveIntegerField(default=0, verbose_name="sessions ended"),
                ),
                (
                    "recovery",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="change",
                        to="accounts.phonerecovery",
                        verbose_name="lost phone",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of phone",
                "verbose_name_plural": "changes of phone",
            },
        ),
        migrations.CreateModel(
            name="RecoveryDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(common.public_ids.new_public_id, *("rec",), **{}),
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("new_phone", models.TextField()),
                ("reason", models.TextField()),
                ("drops_factor", models.BooleanField(default=False)),
                (
                    "drawn_up_at",
                    models.DateTimeField(db_default=common.clock.Now(), editable=False),
                ),
                ("handed_in_at", models.DateTimeField(null=True)),
                (
                    "code",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.onetimecode",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "request being drawn up",
                "verbose_name_plural": "requests being drawn up",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="RecoveryProposal",
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
                ("drops_factor", models.BooleanField(verbose_name="removes the second factor")),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "digest",
                    models.CharField(max_length=64, verbose_name="SHA-256 of what is proposed"),
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
                    "recovery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="accounts.phonerecovery",
                        verbose_name="lost phone",
                    ),
                ),
            ],
            options={
                "verbose_name": "proposed change of phone",
                "verbose_name_plural": "proposed changes of phone",
            },
        ),
        migrations.CreateModel(
            name="RecoveryDecision",
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
                ("approved", models.BooleanField(verbose_name="approved")),
                (
                    "digest",
                    models.CharField(max_length=64, verbose_name="SHA-256 of what is decided"),
                ),
                ("not_before", models.DateTimeField(null=True, verbose_name="not before")),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "proposal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decision",
                        to="accounts.recoveryproposal",
                        verbose_name="proposal",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision about a change of phone",
                "verbose_name_plural": "decisions about changes of phone",
            },
        ),
        migrations.CreateModel(
            name="RecoveryStop",
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
                    "by",
                    models.CharField(
                        choices=[
                            ("link", "the holder, by the link in a message"),
                            ("signed_in", "the holder, signed in"),
                            ("staff", "staff"),
                            ("facts", "nobody: it could not be carried out"),
                        ],
                        max_length=16,
                        verbose_name="stopped by",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("ip_address", models.GenericIPAddressField(null=True, verbose_name="IP address")),
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
                (
                    "recovery",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stop",
                        to="accounts.phonerecovery",
                        verbose_name="lost phone",
                    ),
                ),
            ],
            options={
                "verbose_name": "stopped change of phone",
                "verbose_name_plural": "stopped changes of phone",
            },
        ),
        migrations.CreateModel(
            name="ResetAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(common.public_ids.new_public_id, *("rst",), **{}),
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("email_digest", models.CharField(blank=True, max_length=64)),
                ("factor_tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "second_proof",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("email", "code sent to the contact e-mail"),
                            ("authenticator", "code of the authenticator app"),
                            ("recovery_code", "recovery code"),
                            ("recovery", "identity checked by staff"),
                        ],
                        max_length=16,
                    ),
                ),
                ("begun_at", models.DateTimeField(db_default=common.clock.Now(), editable=False)),
                ("ends_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "email_code",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.onetimecode",
                    ),
                ),
                (
                    "phone_code",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.onetimecode",
                    ),
                ),
                (
                    "recovery",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.phonechange",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "way to a new password",
                "verbose_name_plural": "ways to new passwords",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PasswordReset",
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
                    "attempt",
                    models.CharField(
                        max_length=32, unique=True, verbose_name="number of the attempt"
                    ),
                ),
                (
                    "second_proof",
                    models.CharField(
                        choices=[
                            ("email", "code sent to the contact e-mail"),
                            ("authenticator", "code of the authenticator app"),
                            ("recovery_code", "recovery code"),
                            ("recovery", "identity checked by staff"),
                        ],
                        max_length=16,
                        verbose_name="second proof",
                    ),
                ),
                ("ip_address", models.GenericIPAddressField(null=True, verbose_name="IP address")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="password_resets",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "recovery",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="password_reset",
                        to="accounts.phonechange",
                        verbose_name="after the change of phone",
                    ),
                ),
            ],
            options={
                "verbose_name": "password reset",
                "verbose_name_plural": "password resets",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "second_proof__in",
                                ["email", "authenticator", "recovery_code", "recovery"],
                            )
                        ),
                        name="accounts_passwordreset_has_a_second_proof",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("recovery__isnull", False), ("second_proof", "recovery")),
                            models.Q(
                                models.Q(("second_proof", "recovery"), _negated=True),
                                ("recovery", None),
                            ),
                            _connector="OR",
                        ),
                        name="accounts_passwordreset_names_its_recovery",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecoveryCheck",
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
                        choices=[
                            ("call", "spoke to them on a number or address we know"),
                            ("document", "looked at an identity document"),
                            ("dealings", "asked what only the holder knows"),
                            ("organization", "asked another owner of the organization"),
                        ],
                        max_length=16,
                        verbose_name="how",
                    ),
                ),
                ("passed", models.BooleanField(verbose_name="it is the person")),
                ("seen", models.TextField(verbose_name="what was seen")),
                (
                    "case_reference",
                    models.CharField(
                        blank=True,
                        help_text="Documents are kept encrypted as evidence of a case. Write its number here.",
                        max_length=32,
                        verbose_name="case with the document",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="checked by",
                    ),
                ),
                (
                    "recovery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checks",
                        to="accounts.phonerecovery",
                        verbose_name="lost phone",
                    ),
                ),
            ],
            options={
                "verbose_name": "identity check",
                "verbose_name_plural": "identity checks",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "document"), _negated=True),
                            models.Q(("case_reference", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="accounts_recoverycheck_document_is_kept",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="recoveryproposal",
            constraint=models.UniqueConstraint(
                fields=("recovery",), name="accounts_recoveryproposal_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="recoverydecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved", True), ("not_before__isnull", False)),
                    models.Q(("approved", False), ("not_before", None)),
                    _connector="OR",
                ),
                name="accounts_recoverydecision_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoverystop",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("by__in", ["signed_in", "staff"]), ("person__isnull", False)),
                    models.Q(("by__in", ["link", "facts"]), ("person", None)),
                    _connector="OR",
                ),
                name="accounts_recoverystop_names_who",
            ),
        ),
    ]
