"""Organizations, invitations, transfers, activity, and when keys are used. New tables only, and an
empty column."""

import functools

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
import common.models.transaction_ids
import common.public_ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0033_minors_wait"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiKeyUse",
            fields=[
                (
                    "api_key",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="use",
                        serialize=False,
                        to="accounts.apikey",
                        verbose_name="API key",
                    ),
                ),
                ("last_used_at", models.DateTimeField(verbose_name="last used at")),
            ],
            options={
                "verbose_name": "use of an API key",
                "verbose_name_plural": "uses of API keys",
            },
        ),
        migrations.AddField(
            model_name="apikey",
            name="rotated_from",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rotated_to",
                to="accounts.apikey",
                verbose_name="in place of",
            ),
        ),
        migrations.CreateModel(
            name="Transfer",
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
                        default=functools.partial(common.public_ids.new_public_id, *("trf",), **{}),
                        editable=False,
                        max_length=32,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("ownership", "ownership of an organization"), ("key", "API key")],
                        max_length=10,
                        verbose_name="of what",
                    ),
                ),
                (
                    "remains_as",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("owner", "owner"),
                            ("admin", "administrator"),
                            ("billing", "billing"),
                            ("developer", "developer"),
                            ("viewer", "viewer"),
                        ],
                        max_length=12,
                        verbose_name="whoever asks becomes",
                    ),
                ),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "api_key",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers",
                        to="accounts.apikey",
                        verbose_name="API key",
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
                    "new_owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="new owner",
                    ),
                ),
                (
                    "to_account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers_in",
                        to="accounts.account",
                        verbose_name="to account",
                    ),
                ),
            ],
            options={
                "verbose_name": "transfer",
                "verbose_name_plural": "transfers",
                "permissions": [
                    ("propose_transfer", "Can propose consent to transfers"),
                    ("consent_transfer", "Can consent to transfers that others proposed"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TransferStep",
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
                            ("agreed", "the other side agreed"),
                            ("proposed", "consent proposed"),
                            ("consented", "consented and carried out"),
                            ("declined", "the other side declined"),
                            ("refused", "refused"),
                            ("withdrawn", "taken back"),
                        ],
                        max_length=10,
                        verbose_name="step",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "clause_number",
                    models.CharField(blank=True, max_length=24, verbose_name="clause"),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="accounts.transfer",
                        verbose_name="transfer",
                    ),
                ),
            ],
            options={
                "verbose_name": "step of a transfer",
                "verbose_name_plural": "steps of transfers",
            },
        ),
        migrations.CreateModel(
            name="Activity",
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
                    "area",
                    models.CharField(
                        choices=[
                            ("account", "the account"),
                            ("members", "members"),
                            ("keys", "API keys"),
                            ("agreements", "agreements"),
                            ("transfers", "transfers"),
                            ("money", "money"),
                        ],
                        max_length=12,
                        verbose_name="area",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("account.opened", "opened the organization"),
                            ("account.renamed", "changed the name"),
                            ("members.invited", "invited somebody"),
                            ("members.invited_again", "sent an invitation again"),
                            ("members.uninvited", "withdrew an invitation"),
                            ("members.joined", "joined"),
                            ("members.role_changed", "changed a role"),
                            ("members.removed", "removed a member"),
                            ("members.left", "left"),
                            ("keys.created", "created an API key"),
                            ("keys.rotated", "rotated an API key"),
                            ("keys.revoked", "revoked an API key"),
                            ("keys.given", "an API key went to another account"),
                            ("keys.received", "an API key came from another account"),
                            ("agreements.accepted", "agreed to an agreement"),
                            ("agreements.objected", "objected to a new version"),
                            ("transfers.asked", "asked for a transfer"),
                            ("transfers.step", "a transfer went on"),
                            ("transfers.owner_changed", "ownership was handed over"),
                            ("money.top_up", "ordered a top-up"),
                            ("money.refund_asked", "asked for a refund"),
                            ("money.alert_set", "set the balance alert"),
                        ],
                        max_length=32,
                        verbose_name="what",
                    ),
                ),
                ("facts", models.JSONField(default=dict, verbose_name="particulars")),
                (
                    "about",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person concerned",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activity",
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
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "activity",
                "verbose_name_plural": "activity",
                "indexes": [
                    models.Index(fields=["account", "-id"], name="accounts_activity_of"),
                    models.Index(
                        fields=["account", "area", "-id"], name="accounts_activity_in_area"
                    ),
                    models.Index(
                        fields=["account", "by", "-id"], name="accounts_activity_by_person"
                    ),
                    models.Index(
                        fields=["account", "recorded_at"], name="accounts_activity_by_moment"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuthorityDeclaration",
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
                    "registered_name",
                    models.CharField(max_length=120, verbose_name="registered name"),
                ),
                (
                    "uscc",
                    models.CharField(max_length=18, verbose_name="unified social credit code"),
                ),
                (
                    "capacity",
                    models.CharField(
                        choices=[
                            ("representative", "its legal representative"),
                            ("authorised", "authorised by it"),
                        ],
                        max_length=16,
                        verbose_name="acts as",
                    ),
                ),
                ("position", models.CharField(blank=True, max_length=80, verbose_name="position")),
                (
                    "clause_number",
                    models.CharField(default="1.2.2", max_length=24, verbose_name="clause"),
                ),
                ("statement", models.TextField(verbose_name="statement")),
                (
                    "statement_version",
                    models.PositiveSmallIntegerField(verbose_name="version of the statement"),
                ),
                ("ip_address", models.GenericIPAddressField(null=True, verbose_name="IP address")),
                (
                    "user_agent",
                    models.CharField(blank=True, max_length=300, verbose_name="browser"),
                ),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="authority",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "declared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="declared by",
                    ),
                ),
            ],
            options={
                "verbose_name": "declaration of authority",
                "verbose_name_plural": "declarations of authority",
                "indexes": [
                    models.Index(fields=["uscc", "id"], name="accounts_authority_by_code"),
                    models.Index(
                        fields=["declared_by", "recorded_at"],
                        name="accounts_authority_by_maker",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "uscc__regex",
                                "^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$",
                            )
                        ),
                        name="accounts_authority_code_has_its_form",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
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
                        default=functools.partial(common.public_ids.new_public_id, *("inv",), **{}),
                        editable=False,
                        max_length=32,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("phone", "SMS"), ("email", "e-mail")],
                        max_length=5,
                        verbose_name="way it is sent",
                    ),
                ),
                ("address", models.TextField(editable=False, verbose_name="encrypted address")),
                ("address_mark", models.CharField(editable=False, max_length=64)),
                ("masked", models.CharField(max_length=254, verbose_name="masked address")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("admin", "administrator"),
                            ("billing", "billing"),
                            ("developer", "developer"),
                            ("viewer", "viewer"),
                        ],
                        max_length=12,
                        verbose_name="role",
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
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "invited_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="invited at"
                    ),
                ),
                ("sent", models.PositiveSmallIntegerField(default=1, verbose_name="times sent")),
                ("sent_at", models.DateTimeField(verbose_name="sent at")),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                ("accepted_at", models.DateTimeField(null=True, verbose_name="accepted at")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="withdrawn at")),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="accepted by",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="invited by",
                    ),
                ),
            ],
            options={
                "verbose_name": "invitation to an organization",
                "verbose_name_plural": "invitations to organizations",
                "indexes": [
                    models.Index(fields=["account", "-id"], name="accounts_invitation_of"),
                    models.Index(
                        fields=["invited_by", "sent_at"], name="accounts_invitation_by_sender"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role", "owner"), _negated=True),
                        name="accounts_invitation_never_to_own",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at", None), ("accepted_by", None)),
                            models.Q(
                                ("accepted_at__isnull", False),
                                ("accepted_by__isnull", False),
                                ("withdrawn_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="accounts_invitation_accepted_by_somebody",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("accepted_at", None), ("withdrawn_at", None)),
                        fields=("account", "address_mark"),
                        name="accounts_invitation_one_open_an_address",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("api_key__isnull", True),
                        ("kind", "ownership"),
                        ("new_owner__isnull", False),
                        ("to_account__isnull", True),
                    ),
                    models.Q(
                        ("api_key__isnull", False),
                        ("kind", "key"),
                        ("new_owner__isnull", True),
                        ("remains_as", ""),
                        ("to_account__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="accounts_transfer_is_of_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("to_account", None),
                        models.Q(("to_account", models.F("account")), _negated=True),
                        _connector="OR",
                    ),
                    models.Q(
                        ("new_owner", None),
                        models.Q(("new_owner", models.F("asked_by")), _negated=True),
                        _connector="OR",
                    ),
                ),
                name="accounts_transfer_goes_elsewhere",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="accounts_transfer_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="transferstep",
            constraint=models.UniqueConstraint(
                fields=("transfer", "kind"), name="accounts_transferstep_each_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="transferstep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ("consented", "declined", "refused", "withdrawn"))),
                fields=("transfer",),
                name="accounts_transferstep_one_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="transferstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ("proposed", "consented", "refused")), _negated=True),
                    models.Q(
                        models.Q(("reason", ""), _negated=True),
                        models.Q(("clause_number", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="accounts_transferstep_staff_say_why",
            ),
        ),
    ]
