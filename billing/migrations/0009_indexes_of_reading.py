"""An account's journals of a period, and journals recorded on a day.

Built beside the work that goes on, so that no posting waits; each can be dropped again.
"""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("billing", "0008_journals_other_than_usage")]

    operations = [
        AddIndexConcurrently(
            model_name="journal",
            index=models.Index(
                condition=models.Q(("account__isnull", False)),
                fields=["account", "effective_at", "id"],
                name="billing_journal_statement",
            ),
        ),
        AddIndexConcurrently(
            model_name="journal",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["recorded_at"], name="billing_journal_recorded"
            ),
        ),
    ]
