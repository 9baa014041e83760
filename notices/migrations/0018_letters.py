"""Letters to single persons, their readings and deliveries."""

import functools
import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
import common.public_ids
from common.sql import append_only, never_deleted


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_indexes_for_sealing"),
        ("notices", "0017_amendment_tells_objectors"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Letter",
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
                        default=functools.partial(common.public_ids.new_public_id, *("ltr",), **{}),
                        editable=False,
                        max_length=32,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("key", models.CharField(max_length=120, verbose_name="what it is about")),
                (
                    "masked",
                    models.CharField(blank=True, max_length=254, verbose_name="address, masked"),
                ),
                ("address_mark", models.CharField(blank=True, editable=False, max_length=64)),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "Simplified Chinese"), ("en", "English")],
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                ("subject", models.CharField(max_length=200, verbose_name="subject")),
                ("body", models.TextField(verbose_name="text")),
                (
                    "sms",
                    models.CharField(blank=True, max_length=200, verbose_name="text of the SMS"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recipient",
                    ),
                ),
            ],
            options={
                "verbose_name": "letter",
                "verbose_name_plural": "letters",
            },
        ),
        migrations.CreateModel(
            name="LetterDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "e-mail"), ("sms", "SMS")],
                        max_length=12,
                        verbose_name="channel",
                    ),
                ),
                ("address", models.TextField(verbose_name="address")),
                ("masked", models.CharField(max_length=254, verbose_name="address, masked")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "waiting"),
                            ("sending", "being sent"),
                            ("retrying", "being retried"),
                            ("accepted", "accepted"),
                            ("failed", "failed for good"),
                            ("unknown", "unknown"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                ("not_before", models.DateTimeField(verbose_name="not before")),
                (
                    "lease_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="claimed until"),
                ),
                (
                    "reference",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="reference"
                    ),
                ),
                (
                    "settled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="settled at"),
                ),
                (
                    "provider_reference",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="provider's reference"
                    ),
                ),
                ("answer", models.JSONField(blank=True, default=dict, verbose_name="answer")),
                (
                    "letter",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="notices.letter",
                        verbose_name="letter",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery of a letter",
                "verbose_name_plural": "deliveries of letters",
            },
        ),
        migrations.CreateModel(
            name="LetterReading",
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
                    "letter",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reading",
                        to="notices.letter",
                        verbose_name="letter",
                    ),
                ),
            ],
            options={
                "verbose_name": "reading of a letter",
                "verbose_name_plural": "readings of letters",
            },
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["recipient", "-recorded_at"], name="notices_letter_inbox"),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["account", "-id"], name="notices_letter_of_account"),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["key"], name="notices_letter_about"),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recipient__isnull", False)),
                fields=("kind", "key", "recipient"),
                name="notices_letter_once_per_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recipient", None)),
                fields=("kind", "key", "address_mark"),
                name="notices_letter_once_per_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("address_mark", ""), ("masked", ""), ("recipient__isnull", False)),
                    models.Q(
                        ("recipient", None),
                        models.Q(("address_mark", ""), _negated=True),
                        models.Q(("masked", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="notices_letter_to_a_person_or_an_address",
            ),
        ),
        migrations.AddIndex(
            model_name="letterdelivery",
            index=models.Index(
                condition=models.Q(("state__in", ["pending", "sending", "retrying"])),
                fields=["not_before"],
                name="notices_letterdelivery_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="letterdelivery",
            constraint=models.UniqueConstraint(
                fields=("letter", "channel"), name="notices_letterdelivery_once_per_channel"
            ),
        ),
        append_only("notices_letter"),
        append_only("notices_letterreading"),
        # Deliveries change as they are sent, but stay.
        never_deleted("notices_letterdelivery"),
    ]
