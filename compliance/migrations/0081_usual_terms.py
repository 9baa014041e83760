"""A version of a policy may propose for how long its usual action lasts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0080_files_of_reports"),
    ]

    operations = [
        migrations.AddField(
            model_name="policyversion",
            name="default_days",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="usual term in days"),
        ),
        # Of a table with a row for each version of some fifty policies.
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("default_days", None),
                    models.Q(
                        (
                            "default_action__in",
                            [
                                "rate_limit",
                                "partial_suspension",
                                "output_restriction",
                                "suspension",
                            ],
                        ),
                        ("default_days__range", (1, 3650)),
                    ),
                    _connector="OR",
                ),
                name="compliance_policyversion_term_fits",
            ),
        ),
    ]
