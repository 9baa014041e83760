"""A decision may say that the SMS about it only asks to log in and read; it is approved with that.
The hash of those that do not say it is as before.
"""

from importlib import import_module

from django.db import migrations, models

WITH_LIFTING = import_module("compliance.migrations.0083_effects_that_stay").WITH_LIFTING
BEFORE_THE_TEXT = "ELSE '{}'::jsonb END)::text"
assert WITH_LIFTING.count(BEFORE_THE_TEXT) == 1
WITH_TEXT = WITH_LIFTING.replace(
    BEFORE_THE_TEXT,
    """ELSE '{}'::jsonb END || CASE WHEN decided.generic_sms
              THEN jsonb_build_object('generic_sms', true) ELSE '{}'::jsonb END)::text""",
)


class Migration(migrations.Migration):
    dependencies = [("compliance", "0093_names_are_sealed")]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="generic_sms",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="SMS only says: log in to read"
            ),
        ),
        migrations.RunSQL(WITH_TEXT, WITH_LIFTING),
    ]
