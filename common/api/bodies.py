"""Bodies of requests to the API: JSON, bounded in size, depth and time."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

MOST_LEVELS = 8


class ArrivesTooSlowly(APIException):
    """The body did not arrive in time (`apiqik_backoffice.web_worker`)."""

    status_code = 408
    default_detail = gettext_lazy("The body did not arrive in time. Send it again.")
    default_code = "too_slow"


class BoundedJSONParser(JSONParser):
    """Refuses a body larger than `most` bytes (None: than Django takes in memory), one with
    more than eight levels, and one that says the same thing twice.

    REST framework reads some bodies past Django's own check.
    """

    most: int | None = None

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        most = self.most or settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        try:
            body = stream.read(most + 1)
        except UnreadablePostError:
            raise ArrivesTooSlowly from None
        if len(body) > most:
            raise RequestDataTooBig
        try:
            found = json.loads(
                body.decode(), parse_constant=_no_number, object_pairs_hook=_once_each
            )
        except RecursionError:
            raise ParseError(_("The body is nested too deeply.")) from None
        except ValueError:
            raise ParseError(_("The body is no JSON in UTF-8, or names a field twice.")) from None
        if deeper_than(MOST_LEVELS, found):
            raise ParseError(_("The body is nested too deeply."))
        return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and infinities: Python would take them


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def deeper_than(levels: int, value: Any) -> bool:
    """Whether lists and objects are inside of each other more than `levels` times."""
    within = [value] if isinstance(value, dict | list) else []
    for _level in range(levels):
        within = [
            inner
            for one in within
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not within:
            return False
    return True
