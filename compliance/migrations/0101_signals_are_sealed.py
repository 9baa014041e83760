"""Signals of the platform are sealed."""

from django.db import migrations

from common.sql import sealed_from_now_on


class Migration(migrations.Migration):
    # Indexes are built beside the work that goes on.
    atomic = False

    dependencies = [("compliance", "0100_platform_signals")]

    operations = [sealed_from_now_on("compliance_platformsignal")]
