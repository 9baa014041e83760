"""The one door that text messages to customers with codes pass, and what it lets through.

Whoever is about to send a code or an invitation calls `spend` first, outside any
transaction, and sends only if it returns:

    sms_budget.spend(phone=phone, address=address, purpose=Purpose.SIGN_UP, at=at)
    texts.send_text(phone, ...)

Counted are the number, the ten thousand numbers it stands among, the visitor's address,
the country, the account that asks and the day's total. All of them have room, or none is
touched. The counters are rows of the database: many processes agree, and an emptied cache
forgives nobody. Limits are in `settings.SMS_LIMITS` and `settings.SMS_COUNTRIES`.
"""

import math
from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import CountryNotServed, TooManyMessages
from accounts.models import Account, MessageCount, User
from accounts.phone_numbers import country_of
from common.networks import network_of

log = structlog.get_logger(__name__)

LAST_DIGITS = 4
"""Numbers that differ in these only are one prefix: a block that operators lease out whole."""

A_DAY = timedelta(days=1)


class Purpose(StrEnum):
    """What a message is for."""

    SIGN_UP = "sign_up"
    SIGN_IN = "sign_in"
    GUARDIAN = "guardian"
    GUARDIAN_CODE = "guardian_code"
    RESET = "reset"
    NEW_PHONE = "new_phone"
    INVITATION = "invitation"


# Each limit once, in one order for everybody, so that two senders never wait for each
# other; what all of them share comes last and is locked for the shortest time.
_SPEND = """
INSERT INTO accounts_messagecount AS counted ("limit", key, spent, at_most, ends_at)
SELECT asked."limit", asked.key, 1, asked.at_most, asked.ends_at
FROM unnest(%(limits)s::text[], %(keys)s::text[], %(at_most)s::int[], %(ends_at)s::timestamptz[])
    WITH ORDINALITY AS asked ("limit", key, at_most, ends_at, place)
WHERE asked.at_most > 0
ORDER BY asked.place
ON CONFLICT ("limit", key) DO UPDATE SET
    spent = CASE WHEN counted.ends_at <= %(at)s THEN 1 ELSE counted.spent + 1 END,
    ends_at = CASE WHEN counted.ends_at <= %(at)s THEN excluded.ends_at ELSE counted.ends_at END,
    at_most = excluded.at_most
WHERE counted.ends_at <= %(at)s OR counted.spent < excluded.at_most
RETURNING "limit"
"""


def spend(
    *,
    phone: str,
    address: str | None,
    purpose: str,
    at: datetime,
    on_behalf_of: User | Account | None = None,
) -> None:
    """Counts one message to `phone` (E.164), asked for from the IP address `address`.

    `purpose` is a `Purpose`. `on_behalf_of` is who is signed in or whose account asks; leave
    it out where a visitor must not learn whether a number is known.

    Raises `TooManyMessages` with `retry_after` in seconds, and its kind `CountryNotServed`;
    neither counts anything. Refuses to run inside a transaction: what was sent stays counted,
    and nobody waits for somebody else's sending.
    """
    country = country_of(phone)
    if not settings.SMS_COUNTRIES.get(country):
        raise CountryNotServed(
            _(
                "We cannot send text messages to numbers of that country. "
                "Use a number of another country, or write to support."
            ),
            retry_after=int(A_DAY.total_seconds()),
        )
    asked = _asked(
        phone=phone,
        address=address,
        purpose=Purpose(purpose),
        country=country,
        on_behalf_of=on_behalf_of,
    )
    try:
        with transaction.atomic(durable=True):
            _take(asked, at=at)
    except TooManyMessages as refusal:
        # No number and no address: which limit it was is what somebody has to know.
        log.warning("text_message_refused", limits=refusal.limits, purpose=str(purpose))
        raise


Asked = dict[str, tuple[str, int, timedelta]]
"""By name of the limit: whose it is, how many, within how long."""


def _asked(
    *,
    phone: str,
    address: str | None,
    purpose: Purpose,
    country: str,
    on_behalf_of: User | Account | None,
) -> Asked:
    keys = {
        "number_pause": _hidden(f"{purpose}:{phone}"),
        "number_hour": _hidden(phone),
        "number_day": _hidden(phone),
        "prefix_hour": _hidden(phone[:-LAST_DIGITS]),
        "prefix_day": _hidden(phone[:-LAST_DIGITS]),
        "address_hour": _hidden(network_of(address or "", ipv4_bits=32)),
        "address_day": _hidden(network_of(address or "", ipv4_bits=32)),
        "account_day": on_behalf_of.public_id if on_behalf_of else "",
        "platform_day": "everybody",
    }
    asked = {
        name: (key, *settings.SMS_LIMITS[name])
        for name, key in keys.items()
        if key and name != "platform_day"
    }
    asked["country_day"] = (country, settings.SMS_COUNTRIES[country], A_DAY)
    asked["platform_day"] = (keys["platform_day"], *settings.SMS_LIMITS["platform_day"])
    return asked


def _hidden(value: str) -> str:
    return salted_hmac("accounts.sms_budget", value, algorithm="sha256").hexdigest()


def _take(asked: Asked, *, at: datetime) -> None:
    """Counts the message in each of `asked`, or raises `TooManyMessages`: then roll back."""
    limits = [*asked]
    with connection.cursor() as cursor:
        cursor.execute(
            _SPEND,
            {
                "limits": limits,
                "keys": [key for key, _at_most, _period in asked.values()],
                "at_most": [at_most for _key, at_most, _period in asked.values()],
                "ends_at": [at + period for _key, _at_most, period in asked.values()],
                "at": at,
            },
        )
        taken = {name for (name,) in cursor.fetchall()}
    if refused := [name for name in limits if name not in taken]:
        raise _refusal(refused, asked, at=at)


def _refusal(refused: list[str], asked: Asked, *, at: datetime) -> TooManyMessages:
    """The sentence for the limits that were reached, and when the last of them ends."""
    ends = {
        (count.limit, count.key): count.ends_at
        for count in MessageCount.objects.filter(
            limit__in=refused, key__in=[asked[name][0] for name in refused]
        )
    }
    # A limit of none has no counter: its period is as good an answer as any.
    until = max(ends.get((name, asked[name][0]), at + asked[name][2]) for name in refused)
    seconds = max(1, math.ceil((until - at).total_seconds()))
    return TooManyMessages(
        _("Too many messages were asked for. Try again later."),
        retry_after=seconds,
        limits=refused,
    )


def forget(*, at: datetime) -> int:
    """Deletes the counters whose time is over; returns how many."""
    deleted, _by_model = MessageCount.objects.filter(ends_at__lte=at).delete()
    return deleted
