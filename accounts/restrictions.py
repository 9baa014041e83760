"""Taking access away from many accounts at once, and giving it back.

Both verbs are one statement each, whatever the number of accounts, inside the caller's
transaction, and safe to repeat. A restriction hangs on a permit, which the database
checks against the gate: `impose` before its time raises `IntegrityError`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection

_IMPOSE = """
WITH permitted AS (
    INSERT INTO accounts_permit (change, account_id, not_before)
    SELECT %(change)s, account_id, moment
    FROM unnest(%(account_ids)s::bigint[], %(moments)s::timestamptz[])
        AS opened (account_id, moment)
    ON CONFLICT (change, account_id) DO NOTHING
    RETURNING id, account_id
)
INSERT INTO accounts_restriction
    (id, permit_id, account_id, service_id, clause_id,
     reason_zh_hans, reason_en, starts_at, ends_at)
SELECT gen_random_uuid(), permitted.id, permitted.account_id, %(service_id)s, %(clause_id)s,
       %(reason_zh_hans)s, %(reason_en)s, common_now(), %(ends_at)s
FROM permitted
RETURNING account_id
"""

_LIFT = """
WITH lifted AS (
    INSERT INTO accounts_lifting (restriction_id, lifted_by_id, reason)
    SELECT restriction.id, %(lifted_by)s, %(reason)s
    FROM accounts_permit permit
    JOIN accounts_restriction restriction ON restriction.permit_id = permit.id
    WHERE permit.change = %(change)s
      AND (%(account_ids)s::bigint[] IS NULL OR permit.account_id = ANY(%(account_ids)s))
      AND (restriction.ends_at IS NULL OR restriction.ends_at > common_now())
      AND NOT EXISTS (
          SELECT FROM accounts_lifting before WHERE before.restriction_id = restriction.id)
    ORDER BY permit.account_id
    LIMIT %(at_most)s
    ON CONFLICT (restriction_id) DO NOTHING
    RETURNING restriction_id
)
SELECT restriction.account_id
FROM lifted JOIN accounts_restriction restriction ON restriction.id = lifted.restriction_id
"""


def impose(
    *,
    change: UUID,
    opened: Mapping[int, datetime],
    service_id: int | None,
    clause_id: int,
    reason_zh_hans: str,
    reason_en: str,
    ends_at: datetime | None,
) -> list[int]:
    """Begins a restriction now for each account that `change` has not reached yet.

    `opened` says since when the gate is open for each account; `service_id` None means
    all services. Returns the accounts newly restricted, in ascending order.
    """
    return _account_ids(
        _IMPOSE,
        {
            "change": change,
            "account_ids": list(opened),
            "moments": list(opened.values()),
            "service_id": service_id,
            "clause_id": clause_id,
            "reason_zh_hans": reason_zh_hans,
            "reason_en": reason_en,
            "ends_at": ends_at,
        },
    )


def lift(
    *,
    change: UUID,
    account_ids: Sequence[int] | None,
    at_most: int | None = None,
    lifted_by: AbstractBaseUser,
    reason: str,
) -> list[int]:
    """Ends restrictions of `change` that still hold, for all accounts when None, but no
    more than `at_most` of them.

    Returns the accounts for which one was lifted, in ascending order.
    """
    return _account_ids(
        _LIFT,
        {
            "change": change,
            "account_ids": None if account_ids is None else list(account_ids),
            "at_most": at_most,
            "lifted_by": lifted_by.pk,
            "reason": reason,
        },
    )


def _account_ids(statement: str, parameters: Mapping[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return sorted(account_id for (account_id,) in cursor.fetchall())
