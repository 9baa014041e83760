"""Titles are one line of visible characters. Checked in Python: no statement runs here."""

from django.db import migrations, models

import common.names


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0004_first_texts_and_policy"),
    ]

    operations = [
        migrations.AlterField(
            model_name="historicalservicechange",
            name="title_en",
            field=models.CharField(
                max_length=120,
                validators=[common.names.validate_name],
                verbose_name="title in English",
            ),
        ),
        migrations.AlterField(
            model_name="historicalservicechange",
            name="title_zh_hans",
            field=models.CharField(
                max_length=120,
                validators=[common.names.validate_name],
                verbose_name="title in Chinese",
            ),
        ),
        migrations.AlterField(
            model_name="servicechange",
            name="title_en",
            field=models.CharField(
                max_length=120,
                validators=[common.names.validate_name],
                verbose_name="title in English",
            ),
        ),
        migrations.AlterField(
            model_name="servicechange",
            name="title_zh_hans",
            field=models.CharField(
                max_length=120,
                validators=[common.names.validate_name],
                verbose_name="title in Chinese",
            ),
        ),
    ]
