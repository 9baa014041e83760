"""Files that come with a customer's answer, and the event of a day that passed without one."""

from django.db import migrations, models

from common.sql import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0043_index_of_cases_to_approve"),
    ]

    operations = [
        migrations.AddField(
            model_name="inquiryanswer",
            name="files",
            field=models.ManyToManyField(
                related_name="answers", to="compliance.evidence", verbose_name="files"
            ),
        ),
        append_only("compliance_inquiryanswer_files", stamp=None),
        migrations.AlterField(
            model_name="caseevent",
            name="what",
            field=models.CharField(
                choices=[
                    ("opened", "opened"),
                    ("reported", "reported"),
                    ("joined", "another report joined"),
                    ("sorted", "sorted"),
                    ("claimed", "claimed"),
                    ("released", "released"),
                    ("escalated", "escalated"),
                    ("noted", "note written"),
                    ("linked", "linked"),
                    ("task_added", "task added"),
                    ("task_done", "task done"),
                    ("asked", "customer asked"),
                    ("answered", "customer answered"),
                    ("unanswered", "customer did not answer in time"),
                    ("evidence_added", "evidence added"),
                    ("decision_proposed", "decision proposed"),
                    ("decision_sent_back", "decision sent back"),
                    ("decision_approved", "decision approved"),
                    ("decision_effective", "decision put into effect"),
                    ("statement_made", "statement of reasons made"),
                    ("order_sent", "order sent to the platform"),
                    ("order_answered", "order answered"),
                    ("certified", "deletion certified"),
                    ("appealed", "appealed"),
                    ("appeal_decided", "appeal decided"),
                    ("reporter_told", "reporter told"),
                    ("closed", "closed"),
                    ("reopened", "opened again"),
                ],
                max_length=20,
                verbose_name="what",
            ),
        ),
    ]
