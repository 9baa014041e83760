"""IANA time zones as chosen by people."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def validate_time_zone(name: str) -> None:
    """Raises `ValidationError` for a name that is no IANA time zone."""
    if name not in available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Write one like Asia/Shanghai."),
            params={"name": name[:64]},
            code="time_zone",
        )
