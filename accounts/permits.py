"""Leave for a change to take effect on accounts: the one door every effect goes through.

An effect is recorded in the same statement as its permits, so that neither is ever there
without the other: `PERMITTED` is what such a statement begins with. The database checks
each permit against the gate; one too early raises `IntegrityError` and nothing is kept.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

PERMITTED = """
permitted AS (
    INSERT INTO accounts_permit (change, account_id, not_before)
    SELECT %(change)s, account_id, moment
    FROM unnest(%(account_ids)s::bigint[], %(moments)s::timestamptz[])
        AS opened (account_id, moment)
    ON CONFLICT (change, account_id) DO NOTHING
    RETURNING id, account_id
)
"""
"""A CTE with a row for each account that the change had not reached before."""


def parameters(*, change: UUID, opened: Mapping[int, datetime]) -> dict[str, Any]:
    """What `PERMITTED` needs: `opened` says for each account since when its gate is open."""
    return {
        "change": change,
        "account_ids": list(opened),
        "moments": list(opened.values()),
    }


def grant(*, change: UUID, opened: Mapping[int, datetime]) -> list[int]:
    """Records that `change` came into effect for those accounts, and nothing else.

    Returns the accounts it had not reached before, in ascending order.
    """
    return account_ids(
        f"WITH {PERMITTED} SELECT account_id FROM permitted",
        parameters(change=change, opened=opened),
    )


def account_ids(statement: str, given: Mapping[str, Any]) -> list[int]:
    """Runs a statement that returns account ids; gives them in ascending order."""
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return sorted(account_id for (account_id,) in cursor.fetchall())
