"""Moments in the API: ISO 8601 with an offset, since without one nobody knows when it was."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

EXAMPLE = "2026-03-01T09:30:00+08:00"
# Years no clock of ours will see: near the ends of the calendar there is no moment in UTC.
FIRST_YEAR, LAST_YEAR = 3, 9997


def moment_in(value: Any) -> datetime | None:
    """The moment that is written there; None for anything else."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo and FIRST_YEAR <= moment.year <= LAST_YEAR else None


class MomentField(serializers.DateTimeField):
    """A moment with its offset; as it was sent, in its own zone."""

    default_error_messages = {
        "invalid": _("Send ISO 8601 with an offset, such as 2026-03-01T09:30:00+08:00.")
    }

    def to_internal_value(self, value: Any) -> datetime:
        moment = moment_in(value)
        if moment is None:
            self.fail("invalid")
        return moment
