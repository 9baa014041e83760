"""Logins elsewhere that people connect, with their consent (clause 1.2.3)."""

import functools

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
import common.public_ids
from common.sql import APP_ROLE, append_only

# Tokens are kept encrypted, in a table of ours; secrets of providers in the environment.
TABLES = "socialaccount_socialtoken, socialaccount_socialapp"
NO_PLAIN_TOKENS = f"REVOKE INSERT, UPDATE ON {TABLES} FROM {APP_ROLE};"
PLAIN_TOKENS = f"GRANT INSERT, UPDATE ON {TABLES} TO {APP_ROLE};"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0042_getting_back_in_is_sealed"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConnectionConsent",
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
                ("provider", models.CharField(max_length=30, verbose_name="login provider")),
                (
                    "provider_name",
                    models.CharField(max_length=40, verbose_name="name of the provider"),
                ),
                ("version", models.PositiveSmallIntegerField(verbose_name="version of the text")),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "Simplified Chinese"), ("en", "English")],
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                ("text", models.TextField(verbose_name="text")),
                ("scopes", models.CharField(max_length=500, verbose_name="scopes asked for")),
                ("ip_address", models.GenericIPAddressField(null=True, verbose_name="IP address")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="connection_consents",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "consent to a connected login",
                "verbose_name_plural": "consents to connected logins",
            },
        ),
        migrations.CreateModel(
            name="ConnectionConsentEnd",
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
                    "why",
                    models.CharField(
                        choices=[
                            ("person", "the person disconnected it"),
                            ("reset", "the password was reset"),
                            ("phone", "the phone was changed"),
                            ("left", "the person left"),
                        ],
                        max_length=10,
                        verbose_name="why",
                    ),
                ),
                (
                    "revoked",
                    models.CharField(
                        choices=[
                            ("yes", "revoked at the provider"),
                            ("not_offered", "the provider takes no revocation"),
                            ("failed", "the provider did not answer or refused"),
                            ("not_asked", "the provider was not asked"),
                        ],
                        max_length=12,
                        verbose_name="tokens",
                    ),
                ),
                (
                    "consent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="end",
                        to="accounts.connectionconsent",
                        verbose_name="consent",
                    ),
                ),
            ],
            options={
                "verbose_name": "end of a consent to a connected login",
                "verbose_name_plural": "ends of consents to connected logins",
            },
        ),
        migrations.CreateModel(
            name="ConnectedLogin",
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
                        default=functools.partial(common.public_ids.new_public_id, *("cln",), **{}),
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("issuer", models.CharField(max_length=500, verbose_name="issuer")),
                (
                    "connected_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="connected at"
                    ),
                ),
                ("last_used_at", models.DateTimeField(null=True, verbose_name="last used at")),
                ("access_token", models.TextField(editable=False)),
                ("refresh_token", models.TextField(blank=True, editable=False)),
                (
                    "token_expires_at",
                    models.DateTimeField(null=True, verbose_name="token expires at"),
                ),
                (
                    "social_account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="connected_login",
                        to="socialaccount.socialaccount",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="connected_logins",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "consent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="login",
                        to="accounts.connectionconsent",
                    ),
                ),
            ],
            options={
                "verbose_name": "connected login",
                "verbose_name_plural": "connected logins",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("access_token__regex", "^([^:]+:[A-Za-z0-9+/]{40,}={0,2})?$"),
                            ("refresh_token__regex", "^([^:]+:[A-Za-z0-9+/]{40,}={0,2})?$"),
                        ),
                        name="accounts_connectedlogin_tokens_are_encrypted",
                    )
                ],
            },
        ),
        append_only("accounts_connectionconsent"),
        append_only("accounts_connectionconsentend"),
        migrations.RunSQL(NO_PLAIN_TOKENS, PLAIN_TOKENS),
    ]
