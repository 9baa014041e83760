"""The queue of reports to answer is read by an index of its own, built beside its use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("compliance", "0086_reports_to_be_told")]

    operations = [
        AddIndexConcurrently(
            model_name="untoldreport",
            index=models.Index(
                condition=models.Q(("due", True)),
                fields=["report"],
                name="compliance_report_to_be_told",
            ),
        ),
    ]
