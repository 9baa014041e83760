"""Suppressed addresses are sealed; deliveries that are held are found by an index."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from common.sql import sealed_from_now_on


class Migration(migrations.Migration):
    # A transaction for each table, and indexes built beside the work that goes on.
    atomic = False

    dependencies = [("notices", "0121_guards_of_routing"), ("common", "0002_seals")]

    operations = [
        sealed_from_now_on("notices_suppression"),
        sealed_from_now_on("notices_suppressionlifting"),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["pending", "retrying"]),
                    models.Q(("held_by", ""), _negated=True),
                ),
                fields=["expansion"],
                name="notices_delivery_held",
            ),
        ),
    ]
