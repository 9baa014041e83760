"""The block that a row stands in is found by where the row stands."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("common", "0004_asked_while_busy")]

    operations = [
        AddIndexConcurrently(
            model_name="sealblock",
            index=models.Index(
                fields=["table", "upto_transaction", "upto_id"], name="common_sealblock_of_row"
            ),
        ),
    ]
