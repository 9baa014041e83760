"""What is asked of decisions about names holds for the rows from before as well."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("compliance", "0091_guards_of_names")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE compliance_decision VALIDATE CONSTRAINT {name};",
            migrations.RunSQL.noop,
        )
        for name in ("compliance_decision_order_iff_ordered", "compliance_decision_names_named")
    ]
