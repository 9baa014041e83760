"""The checks on closed people hold for the rows from before as well."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0062_leaving_is_sealed")]

    operations = [
        ValidateConstraint("user", "accounts_user_phone_is_e164"),
        ValidateConstraint("user", "accounts_user_nothing_left_of_the_closed"),
    ]
