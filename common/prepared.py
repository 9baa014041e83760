"""Queries asked so often that planning them each time would cost more than they do.

Django sends its statements with the values written into them, so the database plans
each anew. Here a statement is prepared once per connection and run with its values.
"""

from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

# How many statements a connection keeps prepared is psycopg's own limit of 100.
_ALWAYS = 0


def rows(
    statement: str,
    values: dict[str, Any] | tuple[Any, ...] | None = None,
    *,
    binary: bool = False,
) -> list[tuple[Any, ...]]:
    """The rows of `statement`, `%(name)s` or `%s` for `values` if it has any.

    `binary`: as they are and not written out as text, for large values of bytes.
    On Django's own connection and so in its transaction. Errors are Django's. Behind a pooler
    that mixes sessions, for which DISABLE_SERVER_SIDE_CURSORS is Django's setting, it is
    simply run.
    """
    # Looked up once: each look through the proxy takes longer than a look into an index.
    opened = connections[DEFAULT_DB_ALIAS]
    pooled = opened.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    if opened.queries_logged or opened.execute_wrappers or pooled:
        # Whoever watches the statements of Django's cursors sees this one too.
        with opened.cursor() as watched:
            watched.execute(statement, values)
            seen: list[tuple[Any, ...]] = watched.fetchall()
            return seen
    opened.ensure_connection()
    with opened.wrap_database_errors:
        link: psycopg.Connection[Any] = opened.connection
        link.prepare_threshold = _ALWAYS
        try:
            with psycopg.Cursor(link) as cursor:
                cursor.execute(statement.encode(), values, prepare=True, binary=binary)
                return cursor.fetchall()
        finally:
            # For Django's own statements, which come in too many shapes to keep.
            link.prepare_threshold = None
