"""Dates and times as people type them."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

FIRST_YEAR, LAST_YEAR = 2000, 2999


def validate_moment(value: date) -> None:
    """Raises `ValidationError` for a day or moment that can only be a slip.

    Near the ends of the calendar another time zone has no such moment: written there, a
    date could be read by nobody any more.
    """
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValidationError(
            _("Choose a day between %(first)d and %(last)d."),
            params={"first": FIRST_YEAR, "last": LAST_YEAR},
            code="impossible_day",
        )
