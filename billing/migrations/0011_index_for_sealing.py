"""The order in which journals are sealed; built beside the work that goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("billing", "0010_totals"), ("common", "0002_seals")]

    operations = [
        AddIndexConcurrently(
            model_name="journal",
            index=models.Index(fields=["transaction", "id"], name="billing_journal_to_seal"),
        ),
    ]
