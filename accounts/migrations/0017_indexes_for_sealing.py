"""The order in which acceptances and permits are sealed; built beside the work that goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0016_sealed_rows")]

    operations = [
        AddIndexConcurrently(
            model_name="acceptance",
            index=models.Index(fields=["transaction", "id"], name="accounts_acceptance_to_seal"),
        ),
        AddIndexConcurrently(
            model_name="permit",
            index=models.Index(fields=["transaction", "id"], name="accounts_permit_to_seal"),
        ),
    ]
