"""The check on what is lifted at once holds for the rows from before as well."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("compliance", "0083_effects_that_stay")]

    operations = [ValidateConstraint("decision", "compliance_decision_lifts_what_it_supersedes")]
