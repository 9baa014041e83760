"""Reading a report of uses: ten thousand lines, each of which may be wrong on its own."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from accounts.api import codes
from accounts.uses import Use
from common.api.moments import moment_in

MOST_LINES = 10_000

SHAPES = {
    "account": codes.ACCOUNT,
    "key_digest": codes.KEY_DIGEST,
    "service": codes.SERVICE,
    "region": codes.REGION,
}
_KNOWN = {*SHAPES, "used_at"}


def lines_of(body: Any) -> list[Use | None]:
    """The lines of a report in their order, None for one that is malformed.

    Raises `ValidationError` for what is no report at all.
    """
    lines = body.get("uses") if isinstance(body, Mapping) else None
    if not isinstance(lines, list) or set(body) != {"uses"}:
        raise ValidationError({"uses": [_("Send an object with nothing but “uses”, a list.")]})
    if len(lines) > MOST_LINES:
        raise ValidationError(
            {"uses": [_("Send at most %(most)s lines at a time.") % {"most": MOST_LINES}]}
        )
    return [_line(line) for line in lines]


def _line(line: Any) -> Use | None:
    if not isinstance(line, Mapping) or not set(line) <= _KNOWN:
        return None
    given = {name: value for name, value in line.items() if value is not None}
    used_at = moment_in(given.pop("used_at", None))
    well_formed = all(
        isinstance(value, str) and SHAPES[name].fullmatch(value) for name, value in given.items()
    )
    one_account = ("account" in given) != ("key_digest" in given)
    if used_at is None or not well_formed or not one_account or "service" not in given:
        return None
    return Use(**given, used_at=used_at)
