"""What failed, was tried again and came back failed when it came back; and only an account
of a change is left out of it.

Views and functions only: nothing is rewritten and nothing waits.
"""

import importlib

from django.db import migrations

gate = importlib.import_module("notices.migrations.0011_gate_of_best_efforts")
guards = importlib.import_module("notices.migrations.0010_guards_of_rounds")

OLD_GATE = gate.GATE.replace("CREATE VIEW", "CREATE OR REPLACE VIEW")
NEW_GATE = OLD_GATE.replace(
    "greatest(failure.recorded_at, notice.recorded_at)",
    "greatest(failure.recorded_at, bounce.recorded_at, notice.recorded_at)",
)
assert NEW_GATE != OLD_GATE

# An exemption of a stranger would be counted as an account the change is through with.
OLD_EXEMPTION = guards.function_of(guards.EXEMPTION)
NEW_EXEMPTION = OLD_EXEMPTION.replace(
    "        WHERE permit.id IS NOT NULL\n",
    "        WHERE permit.id IS NOT NULL\n"
    "           OR NOT EXISTS (SELECT FROM notices_concernedaccount concerned\n"
    "               WHERE concerned.change_id = exempted.change_id\n"
    "                 AND concerned.account_id = exempted.account_id)\n",
)
assert NEW_EXEMPTION != OLD_EXEMPTION


class Migration(migrations.Migration):
    dependencies = [("notices", "0014_index_of_outcomes")]

    operations = [
        migrations.RunSQL(NEW_GATE, OLD_GATE),
        migrations.RunSQL(NEW_EXEMPTION, OLD_EXEMPTION),
    ]
