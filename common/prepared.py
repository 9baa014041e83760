"""Queries asked so often that planning them each time would cost more than they do.

Django sends its statements with the values written into them, so the database plans
each anew. Here a statement is prepared once per connection and run with its values.
"""

from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

# How many statements a connection keeps prepared is psycopg's own limit of 100.
_ALWAYS = 0
_CURSOR = "cursor of prepared statements"


Values = dict[str, Any] | tuple[Any, ...] | None


def rows(statement: str, values: Values = None, *, binary: bool = False) -> list[tuple[Any, ...]]:
    """The rows of `statement`, `%(name)s` or `%s` for `values` if it has any.

    `binary`: as they are and not written out as text, for large values of bytes.
    On Django's own connection and so in its transaction. Errors are Django's. Behind a pooler
    that mixes sessions, for which DISABLE_SERVER_SIDE_CURSORS is Django's setting, it is
    simply run.
    """
    return _asked(statement, values, answers=True, binary=binary)


def run(statement: str, values: Values = None) -> None:
    """The same for a statement that answers nothing."""
    _asked(statement, values, answers=False, binary=False)


def _asked(statement: str, values: Values, *, answers: bool, binary: bool) -> list[tuple[Any, ...]]:
    # Looked up once: each look through the proxy takes longer than a look into an index.
    opened = connections[DEFAULT_DB_ALIAS]
    pooled = opened.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    if opened.queries_logged or opened.execute_wrappers or pooled:
        # Whoever watches the statements of Django's cursors sees this one too.
        with opened.cursor() as watched:
            watched.execute(statement, values)
            seen: list[tuple[Any, ...]] = watched.fetchall() if answers else []
            return seen
    opened.ensure_connection()
    with opened.wrap_database_errors:
        link: psycopg.Connection[Any] = opened.connection
        link.prepare_threshold = _ALWAYS
        # What is large is not kept until the next statement.
        cursor = psycopg.Cursor(link) if binary else _kept(link)
        try:
            cursor.execute(statement.encode(), values, prepare=True, binary=binary)
            return cursor.fetchall() if answers else []
        finally:
            # For Django's own statements, which come in too many shapes to keep.
            link.prepare_threshold = None


def _kept(link: psycopg.Connection[Any]) -> psycopg.Cursor[Any]:
    """The connection's own cursor: to make one takes as long as to send a statement."""
    found: psycopg.Cursor[Any] | None = link.__dict__.get(_CURSOR)
    if found is None:
        found = link.__dict__[_CURSOR] = psycopg.Cursor(link)
    return found
