"""The list of signals is narrowed to the last hours or days without reading older ones."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside the work that goes on.
    atomic = False

    dependencies = [("compliance", "0102_policy_on_services_of_customers")]

    operations = [
        AddIndexConcurrently(
            "platformsignal",
            models.Index(fields=["recorded_at"], name="compliance_signal_by_time"),
        ),
    ]
