"""IANA time zones as chosen by people."""

import re
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Places and UTC. Names with digits are left out: PostgreSQL reads `A/B-100` and the like
# as an invention of one's own, days off any clock.
PLACE = r"^(UTC|[A-Z][A-Za-z_]*(/[A-Za-z_-]+)+)$"


def validate_time_zone(name: str) -> None:
    """Raises `ValidationError` for a name that is no IANA time zone of a place."""
    if not re.fullmatch(PLACE, name) or name not in available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Write one like Asia/Shanghai."),
            params={"name": name[:64]},
            code="time_zone",
        )
