"""A restriction may withhold what models made, and nothing else (clause 4.3).

The column becomes longer, which rewrites nothing; the check is made anew without looking
at the rows from before, which say nothing of it.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

MEASURES = [
    ("limit", "limited"),
    ("output_block", "output withheld"),
    ("suspend", "suspended"),
    ("terminate", "ended"),
    ("disable", "disabled"),
]
KNOWN = models.Q(("measure__in", [value for value, _label in MEASURES]))


def known(model):
    return models.CheckConstraint(condition=KNOWN, name=f"accounts_{model}_measure_is_known")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0020_reports_scope")]

    operations = [
        migrations.AlterField(
            model_name="restriction",
            name="measure",
            field=models.CharField(
                choices=MEASURES,
                db_default="suspend",
                default="suspend",
                max_length=12,
                verbose_name="measure",
            ),
        ),
        migrations.AlterField(
            model_name="platformrestriction",
            name="measure",
            field=models.CharField(choices=MEASURES, max_length=12, verbose_name="measure"),
        ),
        *(
            migrations.RemoveConstraint(model_name=model, name=f"accounts_{model}_measure_is_known")
            for model in ("restriction", "platformrestriction")
        ),
        *(
            AddConstraintNotValid(model_name=model, constraint=known(model))
            for model in ("restriction", "platformrestriction")
        ),
    ]
