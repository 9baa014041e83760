"""The answers there are move over, a transaction a batch, while customers write more."""

from django.db import migrations

from compliance.migrations._texts_of_answers import encrypt_all


class Migration(migrations.Migration):
    atomic = False  # each batch by itself; a run that was stopped is run again

    dependencies = [
        ("compliance", "0071_texts_of_answers"),
    ]

    # The way back is that of 0073, which brings back the column.
    operations = [
        migrations.RunPython(encrypt_all, migrations.RunPython.noop),
    ]
