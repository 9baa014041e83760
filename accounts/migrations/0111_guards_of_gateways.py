"""Gateways do not vanish, and that staff were told of one stays."""

from django.db import migrations

from common.sql import append_only, never_deleted


class Migration(migrations.Migration):
    dependencies = [("accounts", "0110_gateways")]

    operations = [never_deleted("accounts_gateway"), append_only("accounts_gatewayalarm")]
