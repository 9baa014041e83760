"""The clock, signs of life, wake-ups, and the function that guards evidence."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

from common.sql import APP_ROLE

# plpgsql, because its cached plan makes it cheap as a column default in bulk inserts;
# the table is named with its schema, so no search_path can put another in its place.
CLOCK = f"""
CREATE FUNCTION common_now() RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
BEGIN
    RETURN statement_timestamp() + coalesce(
        (SELECT shift FROM public.common_clockoffset WHERE id = 1), interval '0');
END
$$;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON common_clockoffset FROM {APP_ROLE};
"""

CLOCK_REVERSE = f"""
GRANT INSERT, UPDATE, DELETE ON common_clockoffset TO {APP_ROLE};
DROP FUNCTION common_now();
"""

# A stamp of evidence is never taken from the writer: the row is stamped on its way in.
EVIDENCE = """
CREATE FUNCTION common_refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: its rows are evidence', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE FUNCTION common_stamp() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.recorded_at := public.common_now();
    RETURN NEW;
END
$$;
"""

EVIDENCE_REVERSE = "DROP FUNCTION common_stamp(); DROP FUNCTION common_refuse_change();"


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        # Search by a part of a name, phone or address; trusted, so the owner may.
        TrigramExtension(),
        migrations.CreateModel(
            name="ClockOffset",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("shift", models.DurationField(verbose_name="shift")),
            ],
            options={
                "verbose_name": "clock offset",
                "verbose_name_plural": "clock offsets",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="common_clockoffset_single"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                (
                    "name",
                    models.CharField(
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                        verbose_name="name",
                    ),
                ),
                ("beat_at", models.DateTimeField(verbose_name="last seen")),
            ],
            options={"verbose_name": "heartbeat", "verbose_name_plural": "heartbeats"},
        ),
        migrations.CreateModel(
            name="Wakeup",
            fields=[
                (
                    "kind",
                    models.CharField(
                        max_length=60,
                        primary_key=True,
                        serialize=False,
                        verbose_name="kind",
                    ),
                ),
                (
                    "published_at",
                    models.DateTimeField(null=True, verbose_name="published at"),
                ),
            ],
            options={"verbose_name": "wake-up", "verbose_name_plural": "wake-ups"},
        ),
        migrations.RunSQL(CLOCK, CLOCK_REVERSE),
        migrations.RunSQL(EVIDENCE, EVIDENCE_REVERSE),
    ]
