"""What is declared, and what guardians consent to, is sealed."""

from django.db import migrations

from common.sql import sealed_from_now_on

TABLES = [
    "accounts_capacitydeclaration",
    "accounts_usedeclaration",
    "accounts_guardianconsent",
    "accounts_guardianconsentwithdrawal",
]


class Migration(migrations.Migration):
    # A transaction for each table, and indexes built beside the work that goes on.
    atomic = False

    dependencies = [("accounts", "0031_sign_ups_and_declarations")]

    operations = [sealed_from_now_on(table) for table in TABLES]
