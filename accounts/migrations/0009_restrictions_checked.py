"""The checks on restrictions hold for the rows from before as well."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_restrictions_of_every_scope")]

    operations = [
        ValidateConstraint("restriction", "accounts_restriction_measure_is_known"),
        ValidateConstraint("restriction", "accounts_restriction_limits_iff_limit"),
        migrations.RunSQL(
            "ALTER TABLE accounts_restriction"
            " VALIDATE CONSTRAINT accounts_restriction_limits_are_numbers;",
            migrations.RunSQL.noop,
        ),
    ]
