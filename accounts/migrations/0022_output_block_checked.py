"""The check on measures holds for the rows from before as well."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0021_output_block")]

    operations = [
        ValidateConstraint(model, f"accounts_{model}_measure_is_known")
        for model in ("restriction", "platformrestriction")
    ]
