"""Long columns of values, written as the server writes arrays."""

from collections.abc import Sequence
from typing import Any


def array(values: Sequence[Any]) -> str | None:
    """`values`, texts, numbers and None, for a `%s::text[]` or an array of whatever they say;
    None where there are none but None. Made in one go: psycopg would look at each by itself,
    which takes longer than charging it."""
    if not any(value is not None for value in values):
        return None
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "NULL" if value is None else str(value)
