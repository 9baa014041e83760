"""Terms that names are screened for (clause 1.2.5), and those to begin with."""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import common.clock
from accounts.migrations import _first_name_terms
from common.look_alikes import folded
from common.sql import never_deleted


def begin(apps, schema_editor):
    NameTerm = apps.get_model("accounts", "NameTerm")
    NameTerm.objects.bulk_create(
        NameTerm(**row, folded=folded(row["term"])) for row in _first_name_terms.rows()
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0023_more_is_sealed"),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalNameTerm",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("term", models.CharField(max_length=40, verbose_name="term")),
                (
                    "list",
                    models.CharField(
                        choices=[
                            ("reserved", "reserved"),
                            ("prohibited", "prohibited"),
                            ("official", "official-sounding"),
                        ],
                        max_length=12,
                        verbose_name="list",
                    ),
                ),
                (
                    "match",
                    models.CharField(
                        choices=[
                            ("whole", "the whole name"),
                            ("word", "a word of the name"),
                            ("part", "anywhere in the name"),
                        ],
                        help_text="Words are told apart in Latin letters only: choose “anywhere” for Chinese, and “a word” for what longer words hold by chance.",
                        max_length=6,
                        verbose_name="has to be",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        choices=[("", "any"), ("zh", "Chinese"), ("en", "English")],
                        default="",
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "in_force_from",
                    models.DateTimeField(
                        db_default=common.clock.Now(), verbose_name="in force from"
                    ),
                ),
                (
                    "in_force_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="in force until"),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "added_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="added by",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical term for names",
                "verbose_name_plural": "historical terms for names",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="NameTerm",
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
                ("term", models.CharField(max_length=40, verbose_name="term")),
                ("folded", models.CharField(editable=False, max_length=40)),
                (
                    "list",
                    models.CharField(
                        choices=[
                            ("reserved", "reserved"),
                            ("prohibited", "prohibited"),
                            ("official", "official-sounding"),
                        ],
                        max_length=12,
                        verbose_name="list",
                    ),
                ),
                (
                    "match",
                    models.CharField(
                        choices=[
                            ("whole", "the whole name"),
                            ("word", "a word of the name"),
                            ("part", "anywhere in the name"),
                        ],
                        help_text="Words are told apart in Latin letters only: choose “anywhere” for Chinese, and “a word” for what longer words hold by chance.",
                        max_length=6,
                        verbose_name="has to be",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        choices=[("", "any"), ("zh", "Chinese"), ("en", "English")],
                        default="",
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "in_force_from",
                    models.DateTimeField(
                        db_default=common.clock.Now(), verbose_name="in force from"
                    ),
                ),
                (
                    "in_force_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="in force until"),
                ),
                (
                    "added_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="added by",
                    ),
                ),
            ],
            options={
                "verbose_name": "term for names",
                "verbose_name_plural": "terms for names",
                "ordering": ["list", "term", "pk"],
                "indexes": [models.Index(fields=["folded"], name="accounts_nameterm_folded")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("in_force_until", None),
                            ("in_force_until__gt", models.F("in_force_from")),
                            _connector="OR",
                        ),
                        name="accounts_nameterm_ends_after_it_begins",
                    )
                ],
            },
        ),
        never_deleted("accounts_nameterm"),
        # Gone with the table.
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
