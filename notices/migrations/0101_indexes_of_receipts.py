"""What is to be asked about, looked into, and found by a provider's own reference.

Built beside the work that goes on, so that nobody waits; each can be dropped again.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("notices", "0100_receipts")]

    operations = [
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state__in", ["failed", "unknown", "unreached", "expired"])),
                fields=["id"],
                name="notices_delivery_to_look_into",
            ),
        ),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("ask_at__isnull", False)),
                fields=["ask_at"],
                name="notices_delivery_to_ask_about",
            ),
        ),
        AddIndexConcurrently(
            model_name="letterdelivery",
            index=models.Index(
                condition=models.Q(("provider_reference", ""), _negated=True),
                fields=["provider_reference"],
                name="notices_letterdelivery_theirs",
            ),
        ),
        AddIndexConcurrently(
            model_name="letterdelivery",
            index=models.Index(
                condition=models.Q(("ask_at__isnull", False)),
                fields=["ask_at"],
                name="notices_letter_to_ask_about",
            ),
        ),
        AddIndexConcurrently(
            model_name="outcome",
            index=models.Index(
                condition=models.Q(("provider_reference", ""), _negated=True),
                fields=["provider_reference"],
                name="notices_outcome_theirs",
            ),
        ),
        RemoveIndexConcurrently(
            model_name="delivery",
            name="notices_delivery_undelivered",
        ),
    ]
