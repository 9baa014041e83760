"""Questions and answers, grants and views, and what decisions led to are sealed."""

from django.db import migrations

from common.sql import sealed_from_now_on, written_together

TABLES = [
    "compliance_caselink",
    "compliance_casenote",
    "compliance_clockentry",
    "compliance_decisioneffect",
    "compliance_decisionrejection",
    "compliance_decisionreversal",
    "compliance_evidencegrant",
    "compliance_evidencegrantrequest",
    "compliance_evidenceview",
    "compliance_inquiry",
    "compliance_inquiryanswer",
    "compliance_interactiongrant",
    "compliance_interactiongrantend",
    "compliance_policybinding",
    "compliance_policyversion",
    "compliance_reportoutcome",
    "compliance_strike",
]


class Migration(migrations.Migration):
    # A transaction for each table, and indexes built beside the work that goes on.
    atomic = False

    dependencies = [("compliance", "0051_bounds_by_source"), ("common", "0002_seals")]

    operations = [
        *(sealed_from_now_on(table) for table in TABLES),
        written_together(
            "compliance_inquiryanswer_files",
            column="inquiryanswer_id",
            parent="compliance_inquiryanswer",
        ),
    ]
