"""Consents to connected logins, and their ends, are sealed."""

from django.db import migrations

from common.sql import sealed_from_now_on


class Migration(migrations.Migration):
    # A transaction for each table, and indexes built beside the work that goes on.
    atomic = False

    dependencies = [("accounts", "0043_connected_logins"), ("common", "0002_seals")]

    operations = [
        sealed_from_now_on("accounts_connectionconsent"),
        sealed_from_now_on("accounts_connectionconsentend"),
    ]
