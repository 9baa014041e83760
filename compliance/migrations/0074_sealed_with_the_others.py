"""Ends of grants are sealed, and with an answer the hash of what was written."""

from django.db import migrations

from common.sql import sealed_from_now_on, written_together


class Migration(migrations.Migration):
    # A transaction for each table, and indexes built beside the work that goes on.
    atomic = False

    dependencies = [("compliance", "0073_no_answer_in_plain_text")]

    operations = [
        sealed_from_now_on("compliance_evidencegrantend"),
        written_together(
            "compliance_inquiryanswertext",
            column="answer_id",
            parent="compliance_inquiryanswer",
        ),
    ]
