"""Approvals, what people were told and what providers answered are sealed.

The accounts that a notice speaks of go into its block, so they are written together with it.
"""

from django.db import migrations

from common.sql import sealed_from_now_on, written_together

TABLES = [
    "notices_announcement",
    "notices_approval",
    "notices_bounce",
    "notices_exemption",
    "notices_expansion",
    "notices_failure",
    "notices_leadpolicy",
    "notices_letter",
    "notices_letterreading",
    "notices_liftingorder",
    "notices_notice",
    "notices_outcome",
    "notices_postponedaccount",
    "notices_postponement",
    "notices_proposal",
    "notices_reading",
    "notices_rejection",
    "notices_template",
    "notices_withdrawal",
]


class Migration(migrations.Migration):
    # A transaction for each table, and indexes built beside the work that goes on.
    atomic = False

    dependencies = [("notices", "0019_decisions_in_cases"), ("common", "0002_seals")]

    operations = [
        *(sealed_from_now_on(table) for table in TABLES),
        written_together("notices_noticeaccount", column="notice_id", parent="notices_notice"),
    ]
