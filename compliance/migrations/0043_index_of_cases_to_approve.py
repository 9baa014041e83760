"""Of a million cases the few whose decision waits for a second person."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compliance", "0042_guards_of_effects_and_appeals")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["id"],
                condition=models.Q(("state", "proposed")),
                name="compliance_case_to_approve",
            ),
        ),
    ]
