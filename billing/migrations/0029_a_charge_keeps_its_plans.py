"""One charge plans nothing: its statements, and those of the triggers within, run by the plan that
the connection has kept.

Left to itself the database planned some of them anew for each charge, which looked cheaper than
the kept plan by its reckoning and was not: the plans are the same, as all go by index
(docs/decisions/0011).
"""

from django.db import migrations

ONE = """billing_charge_one(text, text, bigint, numeric, timestamptz, bigint, bigint, bigint, bigint,
    jsonb, bigint)"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0028_fewer_steps_a_charge")]

    operations = [
        migrations.RunSQL(
            f"ALTER FUNCTION {ONE} SET plan_cache_mode = force_generic_plan;",
            f"ALTER FUNCTION {ONE} RESET plan_cache_mode;",
        ),
    ]
