"""The working-day calendar: 2025 and 2026 as announced, 2027 as far as it is known."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from common.migrations import _calendar_2025_to_2027
from common.sql import APP_ROLE, never_deleted

# Counted by the database alone, whoever changes the calendar and however.
EDITION = f"""
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON common_calendaredition FROM {APP_ROLE};
CREATE FUNCTION common_count_calendar_edition() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE common_calendaredition SET number = number + 1 WHERE id = 1;
    RETURN NULL;
END
$$;
CREATE TRIGGER common_calendaryear_is_counted
    AFTER INSERT OR UPDATE OF year, settled ON common_calendaryear
    FOR EACH STATEMENT EXECUTE FUNCTION common_count_calendar_edition();
CREATE TRIGGER common_calendarday_is_counted
    AFTER INSERT OR UPDATE OF date, kind ON common_calendarday
    FOR EACH STATEMENT EXECUTE FUNCTION common_count_calendar_edition();
"""
EDITION_REVERSE = f"""
DROP TRIGGER common_calendarday_is_counted ON common_calendarday;
DROP TRIGGER common_calendaryear_is_counted ON common_calendaryear;
DROP FUNCTION common_count_calendar_edition();
GRANT INSERT, UPDATE, DELETE ON common_calendaredition TO {APP_ROLE};
"""


def begin(apps, schema_editor):
    apps.get_model("common", "CalendarEdition").objects.create(pk=1, number=1)
    CalendarYear = apps.get_model("common", "CalendarYear")
    for year, (settled, source) in _calendar_2025_to_2027.YEARS.items():
        CalendarYear.objects.create(year=year, settled=settled, source=source)
    CalendarDay = apps.get_model("common", "CalendarDay")
    CalendarDay.objects.bulk_create(
        CalendarDay(**fields) for fields in _calendar_2025_to_2027.days()
    )


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0002_seals"),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarEdition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.BigIntegerField(verbose_name="number")),
            ],
            options={
                "verbose_name": "edition of the calendar",
                "verbose_name_plural": "editions of the calendar",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pk", 1)), name="common_calendaredition_only_one"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarYear",
            fields=[
                (
                    "edition",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="edition"),
                ),
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        primary_key=True,
                        serialize=False,
                        validators=[
                            django.core.validators.MinValueValidator(2000),
                            django.core.validators.MaxValueValidator(2999),
                        ],
                        verbose_name="year",
                    ),
                ),
                (
                    "settled",
                    models.BooleanField(
                        default=False,
                        help_text="The official arrangement was announced, and every day of it is entered.",
                        verbose_name="settled",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        blank=True,
                        help_text="The document that announces it, such as its number.",
                        max_length=200,
                        verbose_name="source",
                    ),
                ),
            ],
            options={
                "verbose_name": "year of the working-day calendar",
                "verbose_name_plural": "working-day calendar",
                "ordering": ["-year"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("settled", False),
                            models.Q(("source", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="common_calendaryear_settled_by_a_document",
                        violation_error_message="Name the document that settles this year.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                (
                    "edition",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="edition"),
                ),
                ("date", models.DateField(primary_key=True, serialize=False, verbose_name="day")),
                (
                    "kind",
                    models.CharField(
                        choices=[("holiday", "day off"), ("working_day", "working day")],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("name_zh_hans", models.CharField(max_length=40, verbose_name="name in Chinese")),
                ("name_en", models.CharField(max_length=60, verbose_name="name in English")),
                (
                    "year",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="days",
                        to="common.calendaryear",
                        verbose_name="year",
                    ),
                ),
            ],
            options={
                "verbose_name": "day of the working-day calendar",
                "verbose_name_plural": "days of the working-day calendar",
                "ordering": ["date"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("year", django.db.models.functions.datetime.ExtractYear("date"))
                        ),
                        name="common_calendarday_in_its_year",
                    )
                ],
            },
        ),
        # Going back, what was seeded goes with its tables.
        migrations.RunPython(begin, migrations.RunPython.noop),
        migrations.RunSQL(EDITION, EDITION_REVERSE),
        never_deleted("common_calendaryear"),
        never_deleted("common_calendarday"),
    ]
