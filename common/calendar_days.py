"""Entering the official arrangement of a year, and noticing that one is missing."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.exceptions import CalendarRefused
from common.models import CalendarDay, CalendarYear
from common.work_queues import Section, WorkQueue, work_queues

MOST_DAYS = 31  # the longest holiday is a third of it


def days_of(first: date, last: date) -> Iterator[date]:
    """The days from `first` to `last`, both among them."""
    for place in range((last - first).days + 1):
        yield first + timedelta(days=place)


@transaction.atomic
def enter_days(
    *, year: CalendarYear, first: date, last: date, kind: str, name_zh_hans: str, name_en: str
) -> list[CalendarDay]:
    """Says of each day from `first` to `last` that it is off, or worked, and why.

    What the calendar said of them before is replaced. Raises `CalendarRefused` for days of
    another year, in the wrong order, or too many for one holiday.
    """
    refuse_days(year=year, first=first, last=last)
    locked = CalendarYear.objects.select_for_update().get(pk=year.pk)
    said = {"kind": kind, "name_zh_hans": name_zh_hans, "name_en": name_en}
    known = {day.pk: day for day in CalendarDay.objects.filter(date__range=(first, last))}
    entered = []
    for one in days_of(first, last):
        day = known.get(one) or CalendarDay(date=one, year=locked)
        if not day._state.adding:
            day.claim_edition(day.edition)
        for name, value in said.items():
            setattr(day, name, value)
        day.save()
        entered.append(day)
    return entered


def refuse_days(*, year: CalendarYear, first: date, last: date) -> None:
    """Raises `CalendarRefused` for days that `enter_days` would not take."""
    if last < first:
        raise CalendarRefused(_("The last day comes before the first."))
    if {first.year, last.year} != {year.pk}:
        raise CalendarRefused(_("Enter only days of %d here.") % year.pk)
    if (last - first).days >= MOST_DAYS:
        raise CalendarRefused(_("These are more than %d days: check them.") % MOST_DAYS)


def register() -> None:
    """Called once, when the app is ready."""
    work_queues.register(
        WorkQueue(
            name="working_day_calendar",
            section=Section.SYSTEM,
            label=gettext_lazy("Working-day calendar"),
            url=lambda: reverse("admin:common_calendaryear_changelist"),
            count=lambda _user, at: CalendarYear.objects.to_look_after(at),
            permission="common.view_calendaryear",
            hot=True,
        )
    )
