"""Resets of passwords and recoveries of lost phones are sealed."""

from django.db import migrations

from common.sql import sealed_from_now_on

TABLES = [
    "accounts_passwordreset",
    "accounts_phonerecovery",
    "accounts_recoverycheck",
    "accounts_recoveryproposal",
    "accounts_recoverydecision",
    "accounts_recoverystop",
    "accounts_phonechange",
]


class Migration(migrations.Migration):
    # A transaction for each table, and indexes built beside the work that goes on.
    atomic = False

    dependencies = [("accounts", "0041_getting_back_in_guards"), ("common", "0002_seals")]

    operations = [sealed_from_now_on(table) for table in TABLES]
