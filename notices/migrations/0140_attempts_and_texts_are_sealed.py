"""Attempts and texts are sealed by themselves, by a number of their own.

Rows from before keep the number 0: nothing is rewritten for them, and they stay sealed with
the outcomes and notices that name them.
"""

from django.db import migrations, models

from common.sql import numbered_rows, sealed_from_now_on


def _number(model_name: str) -> migrations.AddField:
    field = models.BigIntegerField(db_default=0, editable=False, verbose_name="number")
    return migrations.AddField(model_name=model_name, name="number", field=field)


class Migration(migrations.Migration):
    # A transaction for each table, and indexes built beside the work that goes on.
    atomic = False

    dependencies = [
        ("notices", "0123_text_that_says_log_in_to_read"),
        ("common", "0004_asked_while_busy"),
    ]

    operations = [
        _number("attempt"),
        _number("renderedbody"),
        numbered_rows("notices_attempt"),
        numbered_rows("notices_renderedbody"),
        sealed_from_now_on("notices_attempt", key="number"),
        sealed_from_now_on("notices_renderedbody", key="number"),
    ]
