"""Accounts brought in from elsewhere keep the reference they have there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_permissions_of_staff"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="external_ref",
            field=models.CharField(
                blank=True,
                max_length=80,
                null=True,
                unique=True,
                verbose_name="reference elsewhere",
            ),
        ),
        migrations.AddField(
            model_name="historicalaccount",
            name="external_ref",
            field=models.CharField(
                blank=True,
                db_index=True,
                max_length=80,
                null=True,
                verbose_name="reference elsewhere",
            ),
        ),
    ]
