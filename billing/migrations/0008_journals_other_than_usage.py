"""A way to an account's few journals among its many of usage.

Built beside the work that goes on, so that nobody waits; it can be dropped again.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("billing", "0007_refund_applications"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="journal",
            index=models.Index(
                condition=models.Q(("kind", "charge"), _negated=True),
                fields=["account", "id"],
                name="billing_journal_not_usage",
            ),
        ),
    ]
