"""Working days of mainland China, counted from moment to moment.

A working day lasts from midnight to midnight in Shanghai and counts as one day of a
`timedelta`; of the others nothing counts. Which is which say the records of
`common.models.calendar`, and the weekday where they say nothing.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from common.models.calendar import SHANGHAI, CalendarDay, CalendarYear

DAY = timedelta(days=1)
SATURDAY = 5  # as `date.weekday` counts


@dataclass(frozen=True)
class Span:
    """How much working time lies between two moments. `provisional`: a year it touches is
    not settled in the calendar, or is not there."""

    worked: timedelta
    provisional: bool


@dataclass(frozen=True)
class Ends:
    """When a working time is over, in UTC; `provisional` as for a `Span`."""

    moment: datetime
    provisional: bool


class Calendar:
    """The calendar as it is in the database now, read as far as it is asked for.

    For the questions of one act or page: several processes answer, so it is never kept
    beyond. Each run of years that is not known yet takes one query.
    """

    def __init__(self) -> None:
        self._settled: dict[int, bool] = {}
        self._works: dict[date, bool] = {}

    def between(self, since: datetime, until: datetime) -> Span:
        """The working time from `since` to `until`, both aware; negative if they are the
        other way round, so that spans add up in any order."""
        if until < since:
            back = self.between(until, since)
            return Span(-back.worked, back.provisional)
        start, end = _in_shanghai(since), _in_shanghai(until)
        self._know(start.year, end.year)
        first, last = start.date(), end.date()
        if first == last:
            worked = end - start if self._is_worked(first) else timedelta()
        else:
            worked = self._days_between(first, last) * DAY
            worked += (_midnight(first) + DAY - start) * self._is_worked(first)
            worked += (end - _midnight(last)) * self._is_worked(last)
        return Span(worked, self._is_provisional(start, end))

    def after(self, since: datetime, allowed: timedelta) -> Ends:
        """The first moment at which `allowed` of working time has passed since `since`,
        aware. For none of it that is `since`, on a day off too; for a negative one, the last
        moment from which that much leads up to `since`."""
        start = _in_shanghai(since)
        # Reaches past the longest run of days off, so that one query is mostly enough.
        reach = start + 2 * allowed + timedelta(days=30 if allowed > timedelta() else -30)
        self._know(min(start.year, reach.year), max(start.year, reach.year))
        forward = allowed >= timedelta()
        end = self._forward(start, allowed) if forward else self._backward(start, -allowed)
        return Ends(end.astimezone(UTC), self._is_provisional(*sorted((start, end))))

    def _forward(self, position: datetime, left: timedelta) -> datetime:
        while left:
            end = _midnight(position.date()) + DAY
            if self._is_worked(position.date()):
                if left <= end - position:
                    return position + left
                left -= end - position
            position = end
        return position

    def _backward(self, position: datetime, left: timedelta) -> datetime:
        while True:
            begin = _midnight((position - timedelta.resolution).date())
            if self._is_worked(begin.date()):
                if left <= position - begin:
                    return position - left
                left -= position - begin
            position = begin

    def _days_between(self, first: date, last: date) -> int:
        """How many days are worked after `first` and before `last`."""
        weekdays = _weekdays_upto(last.toordinal() - 1) - _weekdays_upto(first.toordinal())
        return weekdays + sum(
            works - _is_weekday(day) for day, works in self._works.items() if first < day < last
        )

    def _is_worked(self, day: date) -> bool:
        self._know(day.year, day.year)
        return self._works.get(day, _is_weekday(day))

    def _is_provisional(self, start: datetime, end: datetime) -> bool:
        """Whether a year that some of it lies in is not settled; of nothing, no."""
        if start == end:
            return False
        last = (end - timedelta.resolution).year
        return not all(self._settled[year] for year in range(start.year, last + 1))

    def _know(self, first: int, last: int) -> None:
        """Reads the years that are not known yet."""
        missing = [year for year in range(first, last + 1) if year not in self._settled]
        if not missing:
            return
        self._settled.update(dict.fromkeys(missing, False))
        years = CalendarYear.objects.filter(year__range=(missing[0], missing[-1]))
        rows = years.values_list("year", "settled", "days__date", "days__kind")
        for year, settled, day, kind in rows:
            self._settled[year] = settled
            if day is not None:
                self._works[day] = kind == CalendarDay.Kind.WORKING_DAY


def between(since: datetime, until: datetime) -> Span:
    """As `Calendar.between`, with the calendar read for it: one query."""
    return Calendar().between(since, until)


def after(since: datetime, allowed: timedelta) -> Ends:
    """As `Calendar.after`, with the calendar read for it: mostly one query."""
    return Calendar().after(since, allowed)


def _in_shanghai(moment: datetime) -> datetime:
    return moment.astimezone(SHANGHAI)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _is_weekday(day: date) -> bool:
    return day.weekday() < SATURDAY


def _weekdays_upto(ordinal: int) -> int:
    """Mondays to Fridays since the day of ordinal 1, a Monday, with that of `ordinal`."""
    weeks, days = divmod(ordinal, 7)
    return 5 * weeks + min(days, 5)
