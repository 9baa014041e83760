"""Names are one line of visible characters. Checked in Python: no statement runs here."""

from django.db import migrations, models

import common.names


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_identities_stay"),
    ]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="name",
            field=models.CharField(
                max_length=120, validators=[common.names.validate_name], verbose_name="name"
            ),
        ),
        migrations.AlterField(
            model_name="staffinvitation",
            name="name",
            field=models.CharField(
                max_length=120, validators=[common.names.validate_name], verbose_name="name"
            ),
        ),
        migrations.AlterField(
            model_name="user",
            name="name",
            field=models.CharField(
                max_length=120, validators=[common.names.validate_name], verbose_name="name"
            ),
        ),
    ]
