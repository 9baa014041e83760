"""What has been told already gets the columns that rounds and batches need."""

import django.db.models.deletion
from django.db import migrations, models

# Evidence is final for everybody, its owner included; only a migration may add to it.
# What was expanded before was expanded whole.
FILL = """
ALTER TABLE notices_noticeaccount DISABLE TRIGGER notices_noticeaccount_is_final;
UPDATE notices_noticeaccount about SET change_id = expansion.change_id, phase = expansion.phase
    FROM notices_notice notice JOIN notices_expansion expansion ON expansion.id = notice.expansion_id
    WHERE notice.id = about.notice_id;
ALTER TABLE notices_noticeaccount ENABLE TRIGGER notices_noticeaccount_is_final;
UPDATE notices_delivery delivery SET expansion_id = notice.expansion_id
    FROM notices_notice notice WHERE notice.id = delivery.notice_id;
INSERT INTO notices_expansioncompletion (expansion_id, people, recorded_at)
    SELECT id, people, recorded_at FROM notices_expansion;
INSERT INTO notices_deliverycount (expansion_id, channel, state, shard, number)
    SELECT expansion_id, channel, state, 0, count(*) FROM notices_delivery GROUP BY 1, 2, 3;
UPDATE notices_servicechange change SET concerned_count = counted.number
    FROM (SELECT change_id, count(*) AS number FROM notices_concernedaccount GROUP BY 1) counted
    WHERE counted.change_id = change.id;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0008_kinds_audiences_rounds")]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        *[
            operation
            for name in ("accounts", "people")
            for operation in (
                # Given a default first, so that going back can add the column again.
                migrations.AlterField(
                    model_name="expansion",
                    name=name,
                    field=models.PositiveIntegerField(default=0, verbose_name=name),
                ),
                migrations.RemoveField(model_name="expansion", name=name),
            )
        ],
        migrations.AlterField(
            model_name="delivery",
            name="expansion",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="notices.expansion",
                verbose_name="expansion",
            ),
        ),
        migrations.AlterField(
            model_name="noticeaccount",
            name="change",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notices.servicechange",
                verbose_name="change",
            ),
        ),
        migrations.AlterField(
            model_name="noticeaccount",
            name="phase",
            field=models.CharField(
                choices=[
                    ("announced", "ahead of time"),
                    ("postponed", "when it is postponed"),
                    ("in_effect", "when it takes effect"),
                    ("lifted", "when it is lifted"),
                    ("withdrawn", "when it is called off"),
                ],
                editable=False,
                max_length=12,
                verbose_name="phase",
            ),
        ),
    ]
