"""Tokens may signal load and attacks, and pass on complaints of third parties."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0122_clients_without_secrets"),
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
                        ("reports:write", "report accounts to compliance"),
                        ("signals:write", "signal load and attacks"),
                        ("complaints:write", "pass on complaints of third parties"),
                        ("orders:answer", "fetch and answer orders about content"),
                        ("enforcement:read", "read the enforcement feed"),
                        ("enforcement:apply", "say what of the feed is applied"),
                    ],
                    max_length=40,
                ),
                size=None,
                verbose_name="scopes",
            ),
        ),
    ]
