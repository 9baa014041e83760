"""Which files came with which report: of a dispute each side is shown its own."""

from django.db import migrations, models

from common.sql import append_only

# A report and its files were written in one transaction; `source` leaves out what staff and
# the other side added, were it in the same one.
BACKFILL = """
INSERT INTO compliance_report_files (report_id, evidence_id)
SELECT report.id, evidence.id
FROM compliance_evidence evidence
JOIN compliance_report report
    ON report.case_id = evidence.case_id AND report.transaction = evidence.transaction
WHERE evidence.source = 'reporter'
ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0074_sealed_with_the_others"),
    ]

    operations = [
        migrations.AddField(
            model_name="report",
            name="files",
            field=models.ManyToManyField(
                related_name="reports", to="compliance.evidence", verbose_name="files"
            ),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        append_only("compliance_report_files", stamp=None),
    ]
