"""A wake-up says whether its message was turned away, and not only that one is under way."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("common", "0003_working_day_calendar")]

    operations = [
        migrations.AddField(
            model_name="wakeup",
            name="asked",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="asked for meanwhile"
            ),
        ),
    ]
