"""Restrictions of a model or a region, and limits beside suspensions.

The columns come with constant defaults, so no row is written anew. What is checked of rows
that are there already waits for the next migration: the table is not locked meanwhile.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

# Whole numbers of at least one: nothing at all would be a suspension.
SHAPE = """
ALTER TABLE accounts_restriction ADD CONSTRAINT accounts_restriction_limits_are_numbers CHECK (
    jsonb_typeof(limits) = 'object'
    AND NOT jsonb_path_exists(limits, '$.* ? (@.type() != "number")')
    AND NOT jsonb_path_exists(limits, '$.* ? (@ < 1 || @.floor() != @)')
) NOT VALID;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_models_and_regions")]

    operations = [
        migrations.AddField(
            model_name="restriction",
            name="measure",
            field=models.CharField(
                choices=[
                    ("limit", "limited"),
                    ("suspend", "suspended"),
                    ("terminate", "ended"),
                    ("disable", "disabled"),
                ],
                db_default="suspend",
                default="suspend",
                max_length=10,
                verbose_name="measure",
            ),
        ),
        migrations.AddField(
            model_name="restriction",
            name="limits",
            field=models.JSONField(
                blank=True,
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                verbose_name="limits",
            ),
        ),
        migrations.AddField(
            model_name="restriction",
            name="model",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.inferencemodel",
                verbose_name="model",
            ),
        ),
        migrations.AddField(
            model_name="restriction",
            name="region",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.region",
                verbose_name="region",
            ),
        ),
        AddConstraintNotValid(
            model_name="restriction",
            constraint=models.CheckConstraint(
                condition=models.Q(("measure__in", ["limit", "suspend", "terminate", "disable"])),
                name="accounts_restriction_measure_is_known",
            ),
        ),
        AddConstraintNotValid(
            model_name="restriction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("measure", "limit")),
                        models.Q(("limits", {}), _negated=True),
                    ),
                    models.Q(
                        models.Q(("measure", "limit"), _negated=True),
                        models.Q(("limits", {})),
                    ),
                    _connector="OR",
                ),
                name="accounts_restriction_limits_iff_limit",
            ),
        ),
        migrations.RunSQL(
            SHAPE,
            "ALTER TABLE accounts_restriction"
            " DROP CONSTRAINT accounts_restriction_limits_are_numbers;",
        ),
    ]
