"""Indexes by which lists of cases are read and searched."""

import django.contrib.postgres.indexes
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_indexes_for_sealing"),
        ("compliance", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="case",
            name="compliance_case_due",
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["due_at", "id"], name="compliance_case_by_due"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["title"], name="compliance_case_search", opclasses=["gin_trgm_ops"]
            ),
        ),
    ]
