"""How fast messages go out is asked of the outcomes of the last minute, and how many were
sent each day of those of two weeks: a few among millions.

Built beside the work that goes on, so that nobody waits; it can be dropped again.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("notices", "0013_fewer_indexes")]

    operations = [
        AddIndexConcurrently(
            model_name="outcome",
            index=models.Index(fields=["recorded_at"], name="notices_outcome_when"),
        ),
    ]
