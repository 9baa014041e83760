"""What is asked, taken back, held and carried out of leaving is sealed."""

from django.db import migrations

from common.sql import sealed_from_now_on


class Migration(migrations.Migration):
    # A transaction for each table, and indexes built beside the work that goes on.
    atomic = False

    dependencies = [("accounts", "0061_guards_of_leaving"), ("common", "0002_seals")]

    operations = [
        sealed_from_now_on("accounts_closing"),
        sealed_from_now_on("accounts_closingcancellation"),
        sealed_from_now_on("accounts_closinghold"),
        sealed_from_now_on("accounts_closingholdrelease"),
        sealed_from_now_on("accounts_closure"),
    ]
