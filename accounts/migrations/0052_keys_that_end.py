"""People are told of keys that end soon, once; the index is built beside the work that goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0051_guards_of_organizations")]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="told_of_end",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="people were told when it ends"
            ),
        ),
        AddIndexConcurrently(
            model_name="apikey",
            index=models.Index(
                condition=models.Q(
                    ("expires_at__isnull", False), ("revoked_at", None), ("told_of_end", False)
                ),
                fields=["expires_at"],
                name="accounts_apikey_to_tell",
            ),
        ),
    ]
