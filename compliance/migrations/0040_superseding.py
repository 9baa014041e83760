"""A decision may be superseded after a first attempt was sent back; an order about content
is part of what is decided; a change or journal carries out one decision."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0015_payment_guards"),
        ("compliance", "0031_order_alarms"),
        ("notices", "0019_decisions_in_cases"),
    ]

    operations = [
        migrations.AlterField(
            model_name="decision",
            name="supersedes",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="superseded_by",
                to="compliance.decision",
                verbose_name="supersedes",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="order",
            field=models.JSONField(default=dict, verbose_name="order to the platform"),
        ),
        migrations.AddConstraint(
            model_name="decisioneffect",
            constraint=models.UniqueConstraint(
                fields=("change",), name="compliance_decisioneffect_change_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="decisioneffect",
            constraint=models.UniqueConstraint(
                fields=("journal",), name="compliance_decisioneffect_journal_once"
            ),
        ),
    ]
