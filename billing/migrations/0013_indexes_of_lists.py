"""What is not usage is found by kind and by amount; usage is never written to these indexes,
and to that of its own days once in thousands of rows.

Built beside the work that goes on, so that nobody waits; each can be dropped again.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("billing", "0012_requests_that_wait")]

    operations = [
        AddIndexConcurrently(
            model_name="journal",
            index=models.Index(
                condition=models.Q(("kind", "charge"), _negated=True),
                fields=["kind", "id"],
                name="billing_journal_by_kind",
            ),
        ),
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("account__in", [1010, 1020, 2005, 5010, 5020])),
                fields=["amount"],
                name="billing_entry_by_amount",
            ),
        ),
        AddIndexConcurrently(
            model_name="journal",
            index=models.Index(
                condition=models.Q(("kind__in", ["receipt", "top_up"])),
                fields=["effective_at"],
                name="billing_journal_money_in",
            ),
        ),
        AddIndexConcurrently(
            model_name="charge",
            index=BrinIndex(
                autosummarize=True, fields=["recorded_at"], name="billing_charge_by_recording"
            ),
        ),
    ]
