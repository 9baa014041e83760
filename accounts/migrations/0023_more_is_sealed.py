"""Agreements, what begins and ends under them, and restrictions are sealed.

A restriction goes into the block of its permit, so it has to be written together with it.
"""

from django.db import migrations

from common.sql import sealed_from_now_on, written_together

TABLES = [
    "accounts_agreementtext",
    "accounts_agreementversion",
    "accounts_clause",
    "accounts_clausetext",
    "accounts_continueduse",
    "accounts_lifting",
    "accounts_objection",
    "accounts_objectionwithdrawal",
    "accounts_offboarding",
    "accounts_offering",
    "accounts_offeringwithdrawal",
    "accounts_platformlifting",
    "accounts_publication",
    "accounts_severance",
    "accounts_versioninforce",
]


class Migration(migrations.Migration):
    # A transaction for each table, and indexes built beside the work that goes on.
    atomic = False

    dependencies = [("accounts", "0022_output_block_checked"), ("common", "0002_seals")]

    operations = [
        *(sealed_from_now_on(table) for table in TABLES),
        written_together("accounts_restriction", column="permit_id", parent="accounts_permit"),
    ]
