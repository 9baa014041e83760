"""The files of a report are written together with it, and sealed along with it."""

from django.db import migrations

from common.sql import written_together


class Migration(migrations.Migration):
    dependencies = [("compliance", "0084_effects_that_stay_checked")]

    operations = [
        written_together("compliance_report_files", column="report_id", parent="compliance_report"),
    ]
