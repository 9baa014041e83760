"""How far due dates are kept; why a version of a policy was written; who changes the catch-all."""

from django.db import migrations, models

from common.sql import never_deleted


def begin(apps, schema_editor):
    # Older than any edition: cases from before are looked at once.
    apps.get_model("compliance", "DueDates").objects.create(pk=1, calendar=0)


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0003_indexes_of_case_lists"),
        ("common", "0003_working_day_calendar"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="policy",
            options={
                "ordering": ["position"],
                "permissions": [
                    ("change_catch_all", "Can change policies for supervisors only"),
                ],
                "verbose_name": "policy",
                "verbose_name_plural": "policies",
            },
        ),
        migrations.AddField(
            model_name="policyversion",
            name="reason",
            field=models.TextField(blank=True, max_length=2000, verbose_name="reason"),
        ),
        migrations.CreateModel(
            name="DueDates",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("calendar", models.BigIntegerField(verbose_name="edition of the calendar")),
            ],
            options={
                "verbose_name": "keeping of due dates",
                "verbose_name_plural": "keeping of due dates",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pk", 1)), name="compliance_duedates_only_one"
                    )
                ],
            },
        ),
        # Going back, the row goes with its table.
        migrations.RunPython(begin, migrations.RunPython.noop),
        never_deleted("compliance_duedates"),
    ]
