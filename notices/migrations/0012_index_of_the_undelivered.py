"""What failed is counted on every page of the staff: a few among a million.

Built beside the work that goes on, so that nobody waits; each can be dropped again.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("notices", "0011_gate_of_best_efforts"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state__in", ["failed", "unknown"])),
                fields=["id"],
                name="notices_delivery_undelivered",
            ),
        ),
    ]
