"""What was doubted, cancelled and given back of names is sealed."""

from django.db import migrations

from common.sql import sealed_from_now_on


class Migration(migrations.Migration):
    # A transaction for each table, and indexes built beside the work that goes on.
    atomic = False

    dependencies = [("compliance", "0092_names_checked")]

    operations = [
        sealed_from_now_on("compliance_namedoubt"),
        sealed_from_now_on("compliance_namecancellation"),
        sealed_from_now_on("compliance_namerestoration"),
    ]
