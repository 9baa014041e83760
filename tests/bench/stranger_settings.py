"""As the benchmarks have them, but with the real cost of a password and without limits,
which would answer before the measuring is done."""

from django.conf import global_settings

from apiqik_backoffice.settings.message_providers import by_email, by_sms
from apiqik_backoffice.settings.messages import limits_of
from tests.bench.settings import *  # noqa: F403 -- layered by import

PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
ACCOUNT_RATE_LIMITS = False  # type: ignore[assignment]  # no limits at all
MESSAGE_PROVIDERS = {**by_email(), **by_sms("memory://")}
SMS_LIMITS = limits_of(
    dict.fromkeys(
        (
            "number_pause",
            "number_hour",
            "number_day",
            "prefix_hour",
            "prefix_day",
            "address_hour",
            "address_day",
        ),
        "1000000/1d",
    )
)
