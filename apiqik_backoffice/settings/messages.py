"""How many text messages with codes are sent, and to which countries.

Whoever makes us send messages to numbers that earn them money takes many numbers, many of
one range, or many addresses: so each has a limit of its own (accounts.sms_budget).
"""

import re
from collections.abc import Mapping
from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured

from apiqik_backoffice.settings.environment import env

PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

# Country (ISO 3166) = messages a day. A country that is not here gets none.
COUNTRIES = {"CN": 20_000, "HK": 500, "MO": 500, "TW": 500}
# Messages / while they are counted in.
LIMITS = {
    # Of one number for one purpose: time for the first message to arrive.
    "number_pause": "1/60s",
    "number_hour": "5/1h",
    "number_day": "10/1d",
    # Of the ten thousand numbers that differ in their last four digits only.
    "prefix_hour": "20/1h",
    "prefix_day": "60/1d",
    # Of one IPv4 address or one /64 of IPv6: an office behind one address opens accounts too.
    "address_hour": "20/1h",
    "address_day": "60/1d",
    # On behalf of one account or person who is signed in.
    "account_day": "30/1d",
    # Of everybody together.
    "platform_day": "20000/1d",
}


def limits_of(chosen: Mapping[str, str]) -> dict[str, tuple[int, timedelta]]:
    """`{"number_hour": "5/1h"}` -> `{"number_hour": (5, 1 hour), ...}`, defaults for the rest.

    Raises ImproperlyConfigured for an unknown limit and for what is no figure.
    """
    if unknown := sorted(set(chosen) - set(LIMITS)):
        raise ImproperlyConfigured(f"SMS_LIMITS knows no limit “{unknown[0]}”.")
    return {name: _limit(name, written) for name, written in {**LIMITS, **chosen}.items()}


def _limit(name: str, written: str) -> tuple[int, timedelta]:
    found = re.fullmatch(r"([0-9]{1,8})/([0-9]{1,5})([smhd])", written.strip())
    if found is None or not int(found[2]):
        raise ImproperlyConfigured(f"SMS_LIMITS: write {name} like 5/1h, not “{written}”.")
    return int(found[1]), timedelta(seconds=int(found[2]) * PERIODS[found[3]])


def countries_of(chosen: Mapping[str, str]) -> dict[str, int]:
    """`{"CN": "20000"}` -> messages a day by country. Raises ImproperlyConfigured."""
    for country, figure in chosen.items():
        if not re.fullmatch(r"[A-Z]{2}", country) or not re.fullmatch(r"[0-9]{1,8}", figure):
            raise ImproperlyConfigured(
                f"SMS_COUNTRIES: write countries like CN=20000, not “{country}={figure}”."
            )
    return {country: int(figure) for country, figure in chosen.items()}


SMS_LIMITS = limits_of(env.dict("SMS_LIMITS", default={}))
SMS_COUNTRIES = countries_of(env.dict("SMS_COUNTRIES", default={})) or COUNTRIES
