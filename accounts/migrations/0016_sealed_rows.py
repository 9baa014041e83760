"""Acceptances and permits are sealed: each row knows the transaction that wrote it.

The column comes with a constant for the rows that are there, so none is rewritten.
"""

from django.db import migrations

import common.models.transaction_ids
from common.sql import sealed_rows


def transaction_of(model_name: str) -> migrations.SeparateDatabaseAndState:
    return migrations.SeparateDatabaseAndState(
        database_operations=[sealed_rows(f"accounts_{model_name}")],
        state_operations=[
            migrations.AddField(
                model_name=model_name,
                name="transaction",
                field=common.models.transaction_ids.TransactionIdField(verbose_name="transaction"),
            )
        ],
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_charges_scope"), ("common", "0002_seals")]

    operations = [transaction_of("acceptance"), transaction_of("permit")]
