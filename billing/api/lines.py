"""Reading a batch of rated lines, each of which may be wrong on its own."""

import re
from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from accounts.api import codes
from billing.rated_lines import Malformed, RatedLine
from common.api.moments import moment_in

MOST_LINES = 10_000
MOST_QUANTITIES = 20
MOST_OF_A_QUANTITY = 10**15

SHAPES = {
    # With room for the prefix of the journal's own key.
    "key": re.compile(r"[!-~]{1,160}"),
    "account": codes.ACCOUNT,
    # Yuan. No exponent, no sign, and never a number: that one has been rounded already.
    "amount": re.compile(r"[0-9]{1,12}(\.[0-9]{1,18})?"),
    "api_key": codes.API_KEY,
    "key_digest": codes.KEY_DIGEST,
    "service": codes.SERVICE,
    "model": codes.MODEL,
    "region": codes.REGION,
}
_NEEDED = ("key", "account", "amount")
_KNOWN = {*SHAPES, "used_at", "quantities"}
QUANTITY = re.compile(r"[a-z][a-z0-9_]{0,39}")


def lines_of(body: Any) -> list[RatedLine | Malformed]:
    """The lines of a batch in their order.

    Raises `ValidationError` for what is no batch at all.
    """
    lines = body.get("charges") if isinstance(body, Mapping) else None
    if not isinstance(lines, list) or set(body) != {"charges"}:
        raise ValidationError(
            {"charges": [_("Send an object with nothing but “charges”, a list.")]}
        )
    if len(lines) > MOST_LINES:
        raise ValidationError(
            {"charges": [_("Send at most %(most)s lines at a time.") % {"most": MOST_LINES}]}
        )
    return [_line(line) for line in lines]


def _line(line: Any) -> RatedLine | Malformed:
    if not isinstance(line, Mapping):
        return Malformed("")
    strange = sorted(set(line) - _KNOWN)
    if strange:
        return Malformed(strange[0][:40] if strange[0].isprintable() else "")
    given = {name: value for name, value in line.items() if value is not None}
    used_at = moment_in(given.pop("used_at", None))
    quantities = given.pop("quantities", None)
    for name in _NEEDED:
        if name not in given:
            return Malformed(name)
    for name, value in given.items():
        if not (isinstance(value, str) and SHAPES[name].fullmatch(value)):
            return Malformed(name)
    if "api_key" in given and "key_digest" in given:
        return Malformed("key_digest")
    if used_at is None:
        return Malformed("used_at")
    if quantities is not None and not _are_quantities(quantities):
        return Malformed("quantities")
    amount = given.pop("amount")
    return RatedLine(**given, exact=micro_in(amount), used_at=used_at, quantities=quantities)


def micro_in(amount: str) -> Decimal:
    """Exact micro-yuan of a well-formed amount in yuan."""
    with localcontext() as context:
        context.prec = 40
        return Decimal(amount).scaleb(6)


def _are_quantities(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and len(value) <= MOST_QUANTITIES
        and all(
            QUANTITY.fullmatch(name)
            and type(count) is int  # True is one, too
            and 0 <= count <= MOST_OF_A_QUANTITY
            for name, count in value.items()
        )
    )
