"""Tokens of the platform may fetch orders about content and answer them."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_indexes_for_sealing"),
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
                        ("orders:answer", "fetch and answer orders about content"),
                    ],
                    max_length=40,
                ),
                size=None,
                verbose_name="scopes",
            ),
        ),
    ]
