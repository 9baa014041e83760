"""The column of plain text goes, with the few answers that were written to it meanwhile.

What it held stays in the pages of the table until `VACUUM FULL`, and in older backups.
"""

from django.db import migrations, models

from compliance.migrations._texts_of_answers import decrypt_all, encrypt_all

LOCK = "LOCK TABLE compliance_inquiryanswer IN ACCESS EXCLUSIVE MODE;"
# On the way back final rows are filled in: by the owner, in this transaction only.
FINAL = "compliance_inquiryanswer_is_final"


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0072_answers_are_encrypted"),
    ]

    operations = [
        migrations.RunSQL(LOCK, f"ALTER TABLE compliance_inquiryanswer ENABLE TRIGGER {FINAL};"),
        migrations.RunPython(encrypt_all, decrypt_all),
        migrations.RunSQL(
            migrations.RunSQL.noop,
            f"{LOCK} ALTER TABLE compliance_inquiryanswer DISABLE TRIGGER {FINAL};",
        ),
        # Without a default on the way back the rows there are would have no text at all.
        migrations.AlterField(
            model_name="inquiryanswer",
            name="text",
            field=models.TextField(max_length=10_000, verbose_name="answer", default=""),
        ),
        migrations.RemoveField(model_name="inquiryanswer", name="text"),
    ]
