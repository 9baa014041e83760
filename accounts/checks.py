"""What Django's checks say about the settings of accounts."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from accounts.models.label_exemptions import LONGEST_DAYS
from accounts.models.leaving import LEAST_DAYS, MOST_DAYS


@register
def cooling_off(**_: Any) -> list[CheckMessage]:
    """The database refuses closings that cool off for less or more."""
    if LEAST_DAYS <= settings.COOLING_OFF_DAYS <= MOST_DAYS:
        return []
    return [Error(f"COOLING_OFF_DAYS is between {LEAST_DAYS} and {MOST_DAYS}.", id="accounts.E001")]


@register
def label_exemptions(**_: Any) -> list[CheckMessage]:
    """The database refuses exemptions from the explicit label that last longer."""
    if 1 <= settings.LABEL_EXEMPTION_MOST_DAYS <= LONGEST_DAYS:
        return []
    return [
        Error(f"LABEL_EXEMPTION_MOST_DAYS is between 1 and {LONGEST_DAYS}.", id="accounts.E002")
    ]
