"""Long columns of values, written as the server writes arrays."""

from collections.abc import Sequence
from typing import Any

_NOTHING, _NUMBERS, _TEXTS = {type(None)}, {int}, {str}


def array(values: Sequence[Any]) -> str | None:
    """`values`, texts, numbers and None, for a `%s::text[]` or an array of whatever they say;
    None where there are none but None. Made in one go: psycopg would look at each by itself,
    which takes longer than charging it."""
    kinds = set(map(type, values))
    if kinds <= _NOTHING:
        return None
    if kinds == _NUMBERS:
        return "{" + str(list(values))[1:-1] + "}"
    if kinds == _TEXTS:
        joined = '","'.join(values)
        if "\\" not in joined and joined.count('"') == 2 * (len(values) - 1):
            return '{"' + joined + '"}'
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "NULL" if value is None else str(value)
