"""Which days are worked on in mainland China, as far as weekdays alone do not say it.

The cast: a `CalendarYear` says whether the arrangement of a year is settled. Its
`CalendarDay`s are the days off and the weekend days worked in their place; any other day
goes by its weekday. The one `CalendarEdition` counts changes of both, by a trigger of the
database, so that whatever was worked out from the calendar knows when it is behind.
"""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext_lazy as _

from common.clock import Now
from common.exceptions import CalendarRefused
from common.languages import pick
from common.models.editable import Editable
from common.moments import FIRST_YEAR, LAST_YEAR

SHANGHAI = ZoneInfo("Asia/Shanghai")

# The arrangement of a year is announced in the November before it; clocks reach weeks ahead.
SETTLE_AHEAD = timedelta(days=61)
# A year that is not there at all: half a year before it begins.
ADD_AHEAD = timedelta(days=184)


class CalendarYearQuerySet(models.QuerySet[Any]):
    def to_look_after(self, at: Now) -> "CalendarYearQuerySet":
        """Years that need somebody: those not settled `SETTLE_AHEAD` of their beginning, and
        one that no other follows though it ends within `ADD_AHEAD`."""
        soon = ExtractYear(at + SETTLE_AHEAD, tzinfo=SHANGHAI)
        later = ExtractYear(at + ADD_AHEAD, tzinfo=SHANGHAI)
        following = CalendarYear.objects.filter(year=OuterRef("year") + 1)
        return self.filter(
            Q(settled=False, year__lte=soon) | (Q(year__lt=later) & ~Exists(following))
        )


class CalendarYear(Editable):
    """A year of the calendar. Until it is settled, whatever is counted in it is provisional;
    so it is in a year that is not here, where weekdays count."""

    year = models.PositiveSmallIntegerField(
        _("year"),
        primary_key=True,
        validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)],
    )
    settled = models.BooleanField(
        _("settled"),
        default=False,
        help_text=_("The official arrangement was announced, and every day of it is entered."),
    )
    source = models.CharField(
        _("source"),
        max_length=200,
        blank=True,
        help_text=_("The document that announces it, such as its number."),
    )

    objects = CalendarYearQuerySet.as_manager()

    class Meta:
        verbose_name = _("year of the working-day calendar")
        verbose_name_plural = _("working-day calendar")
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                name="common_calendaryear_settled_by_a_document",
                condition=Q(settled=False) | ~Q(source=""),
                violation_error_message=_("Name the document that settles this year."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.year)


class CalendarDay(Editable):
    """A day that does not go by its weekday. One entered by mistake is not removed: say of
    it what its weekday says."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("day off")
        # A Saturday or Sunday worked in place of a day off.
        WORKING_DAY = "working_day", _("working day")

    date = models.DateField(_("day"), primary_key=True)
    year = models.ForeignKey(
        CalendarYear,
        verbose_name=_("year"),
        on_delete=models.PROTECT,
        editable=False,
        related_name="days",
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name_zh_hans = models.CharField(_("name in Chinese"), max_length=40)
    name_en = models.CharField(_("name in English"), max_length=60)

    class Meta:
        verbose_name = _("day of the working-day calendar")
        verbose_name_plural = _("days of the working-day calendar")
        ordering = ["date"]
        constraints = [
            models.CheckConstraint(
                name="common_calendarday_in_its_year",
                condition=Q(year=ExtractYear("date")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} · {self.name_in(None)}"

    def file_under_its_year(self) -> None:
        """Sets `year` from the day. Raises `CalendarRefused` if that year is not there."""
        if not CalendarYear.objects.filter(pk=self.date.year).exists():
            raise CalendarRefused(_("Add the year %d to the calendar first.") % self.date.year)
        self.year_id = self.date.year

    def name_in(self, language: str | None) -> str:
        return pick(language, zh_hans=self.name_zh_hans, en=self.name_en)

    @property
    def provisional(self) -> bool:
        """Whether its year is not settled, so that it may yet change."""
        return not self.year.settled


class CalendarEdition(models.Model):
    """How often the calendar was changed. One row, counted up by the database alone."""

    number = models.BigIntegerField(_("number"))

    class Meta:
        verbose_name = _("edition of the calendar")
        verbose_name_plural = _("editions of the calendar")
        constraints = [
            models.CheckConstraint(name="common_calendaredition_only_one", condition=Q(pk=1)),
        ]

    def __str__(self) -> str:
        return str(self.number)
