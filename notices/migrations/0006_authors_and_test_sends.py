"""Who wrote a text and why; texts that staff send to themselves. New columns are empty for
the texts there are, which takes no rewriting of the table."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
from common.sql import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0005_titles_on_one_line"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="template",
            name="reason",
            field=models.TextField(blank=True, verbose_name="reason"),
        ),
        migrations.AddField(
            model_name="template",
            name="written_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="written by",
            ),
        ),
        migrations.AlterField(
            model_name="expansion",
            name="phase",
            field=models.CharField(
                choices=[
                    ("announced", "ahead of time"),
                    ("postponed", "when it is postponed"),
                    ("in_effect", "when it takes effect"),
                    ("lifted", "when it is lifted"),
                    ("withdrawn", "when it is called off"),
                ],
                max_length=12,
                verbose_name="phase",
            ),
        ),
        migrations.AlterField(
            model_name="template",
            name="phase",
            field=models.CharField(
                choices=[
                    ("announced", "ahead of time"),
                    ("postponed", "when it is postponed"),
                    ("in_effect", "when it takes effect"),
                    ("lifted", "when it is lifted"),
                    ("withdrawn", "when it is called off"),
                ],
                max_length=12,
                verbose_name="phase",
            ),
        ),
        migrations.CreateModel(
            name="TestSend",
            fields=[
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="reference",
                    ),
                ),
                ("kind", models.CharField(max_length=40, verbose_name="kind of change")),
                (
                    "phase",
                    models.CharField(
                        choices=[
                            ("announced", "ahead of time"),
                            ("postponed", "when it is postponed"),
                            ("in_effect", "when it takes effect"),
                            ("lifted", "when it is lifted"),
                            ("withdrawn", "when it is called off"),
                        ],
                        max_length=12,
                        verbose_name="phase",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("announcement", "announcement"),
                            ("inbox", "inbox"),
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                        ],
                        max_length=12,
                        verbose_name="channel",
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
                (
                    "text_sha256",
                    models.CharField(max_length=64, verbose_name="SHA-256 of the text"),
                ),
                ("address", models.CharField(max_length=254, verbose_name="address, masked")),
                ("provider", models.CharField(max_length=40, verbose_name="provider")),
                (
                    "sent_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="sent by",
                    ),
                ),
            ],
            options={
                "verbose_name": "test send",
                "verbose_name_plural": "test sends",
            },
        ),
        migrations.CreateModel(
            name="TestOutcome",
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
                            ("accepted", "accepted"),
                            ("rejected_for_good", "rejected_for_good"),
                            ("rejected_for_now", "rejected_for_now"),
                            ("ambiguous", "ambiguous"),
                        ],
                        max_length=20,
                        verbose_name="verdict",
                    ),
                ),
                ("answer", models.JSONField(default=dict, verbose_name="answer")),
                (
                    "test_send",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcome",
                        to="notices.testsend",
                        verbose_name="test send",
                    ),
                ),
            ],
            options={
                "verbose_name": "outcome of a test send",
                "verbose_name_plural": "outcomes of test sends",
            },
        ),
        migrations.AddIndex(
            model_name="testsend",
            index=models.Index(fields=["sent_by", "recorded_at"], name="notices_testsend_by"),
        ),
        migrations.AddIndex(
            model_name="testsend",
            index=models.Index(
                fields=["kind", "phase", "channel", "language"], name="notices_testsend_of"
            ),
        ),
        append_only("notices_testsend"),
        append_only("notices_testoutcome"),
    ]
