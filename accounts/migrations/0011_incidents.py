"""Incidents: one restriction for everybody, which only an approved change may write."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
from common.sql import append_only

EVIDENCE = ["accounts_platformrestriction", "accounts_platformlifting"]

SHAPE = """
ALTER TABLE accounts_platformrestriction
ADD CONSTRAINT accounts_platformrestriction_limits_are_numbers CHECK (
    jsonb_typeof(limits) = 'object'
    AND NOT jsonb_path_exists(limits, '$.* ? (@.type() != "number")')
    AND NOT jsonb_path_exists(limits, '$.* ? (@ < 1 || @.floor() != @)')
);
"""

# Fails closed, as permits do: the app that plans and approves changes puts its check here.
INCIDENTS = """
CREATE FUNCTION accounts_check_platform_restriction() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'nothing is taken from everybody without an approved change'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER accounts_platformrestriction_is_approved AFTER INSERT ON accounts_platformrestriction
    REFERENCING NEW TABLE AS imposed
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_check_platform_restriction();
"""
INCIDENTS_REVERSE = """
DROP TRIGGER accounts_platformrestriction_is_approved ON accounts_platformrestriction;
DROP FUNCTION accounts_check_platform_restriction();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_amendments"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlatformRestriction",
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
                ("change", models.UUIDField(unique=True, verbose_name="change")),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("limit", "limited"),
                            ("suspend", "suspended"),
                            ("terminate", "ended"),
                            ("disable", "disabled"),
                        ],
                        max_length=10,
                        verbose_name="measure",
                    ),
                ),
                ("limits", models.JSONField(default=dict, verbose_name="limits")),
                ("reason_zh_hans", models.TextField(verbose_name="reason in Chinese")),
                ("reason_en", models.TextField(verbose_name="reason in English")),
                ("starts_at", models.DateTimeField(verbose_name="since")),
                ("ends_at", models.DateTimeField(null=True, verbose_name="until")),
                (
                    "clause",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.clause",
                        verbose_name="clause",
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.inferencemodel",
                        verbose_name="model",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        db_index=False,
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
                "verbose_name": "restriction for everybody",
                "verbose_name_plural": "restrictions for everybody",
            },
        ),
        migrations.CreateModel(
            name="PlatformLifting",
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
                    "lifted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="lifted by",
                    ),
                ),
                (
                    "restriction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lifting",
                        to="accounts.platformrestriction",
                        verbose_name="restriction for everybody",
                    ),
                ),
            ],
            options={
                "verbose_name": "lifting for everybody",
                "verbose_name_plural": "liftings for everybody",
            },
        ),
        migrations.AddConstraint(
            model_name="platformrestriction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                ),
                name="accounts_platformrestriction_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="platformrestriction",
            constraint=models.CheckConstraint(
                condition=models.Q(("measure__in", ["limit", "suspend", "terminate", "disable"])),
                name="accounts_platformrestriction_measure_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="platformrestriction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("measure", "limit")), models.Q(("limits", {}), _negated=True)
                    ),
                    models.Q(
                        models.Q(("measure", "limit"), _negated=True), models.Q(("limits", {}))
                    ),
                    _connector="OR",
                ),
                name="accounts_platformrestriction_limits_iff_limit",
            ),
        ),
        *[append_only(table) for table in EVIDENCE],
        migrations.RunSQL(
            SHAPE,
            "ALTER TABLE accounts_platformrestriction"
            " DROP CONSTRAINT accounts_platformrestriction_limits_are_numbers;",
        ),
        migrations.RunSQL(INCIDENTS, INCIDENTS_REVERSE),
    ]
