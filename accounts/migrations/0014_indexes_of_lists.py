"""Orders that lists of a million rows are paged by, and a way to a whole e-mail address.

Built beside the work that goes on, so that nobody waits; each can be dropped again.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0013_fewer_indexes_on_restrictions"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="account",
            index=models.Index(fields=["name", "id"], name="accounts_account_by_name"),
        ),
        AddIndexConcurrently(
            model_name="account",
            index=models.Index(fields=["created_at", "id"], name="accounts_account_by_opening"),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(Lower("contact_email"), name="accounts_user_contact_email"),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(fields=["name", "id"], name="accounts_user_by_name"),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(fields=["date_joined", "id"], name="accounts_user_by_joining"),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                condition=models.Q(("is_staff", True)), fields=["id"], name="accounts_user_staff"
            ),
        ),
    ]
