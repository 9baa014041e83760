"""Tokens of the platform's rating may charge usage."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_indexes_of_lists"),
    ]

    operations = [
        migrations.AlterField(
            model_name="serviceclient",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("access:read", "ask about access"),
                        ("uses:write", "report uses of services"),
                        ("charges:write", "charge rated usage"),
                    ],
                    max_length=40,
                ),
                size=None,
                verbose_name="scopes",
            ),
        ),
    ]
