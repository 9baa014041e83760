"""Statements of jobs that may take longer than those of a page."""

from django.db import connection

# Below the soft time limit of a task, which would end it in the middle.
SECONDS = 200


def take_time() -> None:
    """Lets each statement of the current transaction take `SECONDS` instead of what pages
    may: with a million accounts, looking at all of them once is more than that."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{SECONDS}s"])
