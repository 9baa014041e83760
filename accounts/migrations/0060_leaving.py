"""Accounts are closed when their people want it: asked for, cooled off, carried out.

The checks on people hold for rows from before once the next migration but one has looked.
"""

import functools

import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import common.clock
import common.public_ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0052_keys_that_end"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Closing",
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
                        default=functools.partial(common.public_ids.new_public_id, *("cls",), **{}),
                        editable=False,
                        max_length=32,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "cooling_off_days",
                    models.PositiveSmallIntegerField(verbose_name="days to think it over"),
                ),
                ("ends_at", models.DateTimeField(verbose_name="closed on")),
                ("ip_address", models.GenericIPAddressField(null=True, verbose_name="IP address")),
            ],
            options={
                "verbose_name": "request to close an account",
                "verbose_name_plural": "requests to close accounts",
                "permissions": [("hold_closing", "Can put closings on legal hold")],
            },
        ),
        migrations.CreateModel(
            name="ClosingCancellation",
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
            ],
            options={
                "verbose_name": "request taken back",
                "verbose_name_plural": "requests taken back",
            },
        ),
        migrations.CreateModel(
            name="ClosingHold",
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
            ],
            options={
                "verbose_name": "legal hold",
                "verbose_name_plural": "legal holds",
            },
        ),
        migrations.CreateModel(
            name="ClosingHoldRelease",
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
            ],
            options={
                "verbose_name": "release of a legal hold",
                "verbose_name_plural": "releases of legal holds",
            },
        ),
        migrations.CreateModel(
            name="Closure",
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
                ("ended", models.JSONField(verbose_name="ended with it")),
            ],
            options={
                "verbose_name": "closure",
                "verbose_name_plural": "closures",
            },
        ),
        migrations.CreateModel(
            name="KeptIdentity",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="kept_identity",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                ("ciphertext", models.BinaryField(verbose_name="identity")),
                ("key_id", models.CharField(max_length=40, verbose_name="key")),
                ("phone_mark", models.CharField(db_index=True, editable=False, max_length=64)),
                (
                    "kept_since",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="kept since"
                    ),
                ),
                ("kept_until", models.DateTimeField(db_index=True, verbose_name="kept until")),
            ],
            options={
                "verbose_name": "identity kept",
                "verbose_name_plural": "identities kept",
                "permissions": [("read_keptidentity", "Can read who a closed person was")],
                "default_permissions": (),
            },
        ),
        migrations.RemoveConstraint(
            model_name="user",
            name="accounts_user_phone_is_e164",
        ),
        migrations.AddField(
            model_name="account",
            name="closed_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="closed at"
            ),
        ),
        migrations.AddField(
            model_name="historicalaccount",
            name="closed_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="closed at"
            ),
        ),
        migrations.AddField(
            model_name="historicaluser",
            name="closed_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="closed at"
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="closed_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="closed at"
            ),
        ),
        AddConstraintNotValid(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at__isnull", False),
                    ("phone__regex", "^\\+[1-9][0-9]{6,14}$"),
                    _connector="OR",
                ),
                name="accounts_user_phone_is_e164",
            ),
        ),
        AddConstraintNotValid(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at", None),
                    models.Q(
                        ("contact_email", ""),
                        ("is_active", False),
                        ("is_staff", False),
                        ("is_superuser", False),
                        ("name", ""),
                        (
                            "phone",
                            django.db.models.functions.text.Concat(
                                models.Value("#"),
                                django.db.models.functions.comparison.Cast(
                                    "id", models.CharField()
                                ),
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="accounts_user_nothing_left_of_the_closed",
            ),
        ),
        migrations.AddField(
            model_name="closing",
            name="account",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="closings",
                to="accounts.account",
                verbose_name="account",
            ),
        ),
        migrations.AddField(
            model_name="closing",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="closings",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person who leaves",
            ),
        ),
        migrations.AddField(
            model_name="closing",
            name="requested_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="requested by",
            ),
        ),
        migrations.AddField(
            model_name="closingcancellation",
            name="cancelled_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="cancelled by",
            ),
        ),
        migrations.AddField(
            model_name="closingcancellation",
            name="closing",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cancellation",
                to="accounts.closing",
                verbose_name="request",
            ),
        ),
        migrations.AddField(
            model_name="closinghold",
            name="closing",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="holds",
                to="accounts.closing",
                verbose_name="request",
            ),
        ),
        migrations.AddField(
            model_name="closinghold",
            name="placed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="placed by",
            ),
        ),
        migrations.AddField(
            model_name="closingholdrelease",
            name="hold",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="release",
                to="accounts.closinghold",
                verbose_name="legal hold",
            ),
        ),
        migrations.AddField(
            model_name="closingholdrelease",
            name="released_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="released by",
            ),
        ),
        migrations.AddField(
            model_name="closure",
            name="closing",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="closure",
                to="accounts.closing",
                verbose_name="request",
            ),
        ),
        migrations.AddIndex(
            model_name="closing",
            index=models.Index(fields=["ends_at"], name="accounts_closing_by_end"),
        ),
        migrations.AddConstraint(
            model_name="closing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("person__isnull", False), ("account__isnull", False), _connector="OR"
                ),
                name="accounts_closing_of_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="closing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("person", None), ("person", models.F("requested_by")), _connector="OR"
                ),
                name="accounts_closing_of_oneself",
            ),
        ),
        migrations.AddConstraint(
            model_name="closing",
            constraint=models.CheckConstraint(
                condition=models.Q(("cooling_off_days__range", (7, 60))),
                name="accounts_closing_cools_off",
            ),
        ),
    ]
