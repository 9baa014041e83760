"""Taking access away from many accounts at once, and giving it back.

Both verbs are one statement each, whatever the number of accounts, inside the caller's
transaction, and safe to repeat. A restriction hangs on a permit, which the database
checks against the gate: `impose` before its time raises `IntegrityError`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from psycopg.types.json import Jsonb

from accounts import permits
from accounts.models import Measure

# Without keys one restriction for the account; with keys one for each that is its own.
_IMPOSE = f"""
WITH {permits.PERMITTED}, named AS (
    SELECT id, account_id FROM accounts_apikey WHERE id = ANY(%(api_key_ids)s::bigint[])
), imposed AS (
    INSERT INTO accounts_restriction
        (id, permit_id, account_id, api_key_id, service_id, model_id, region_id,
         measure, limits, clause_id, reason_zh_hans, reason_en, starts_at, ends_at)
    SELECT gen_random_uuid(), permitted.id, permitted.account_id, named.id,
           %(service_id)s, %(model_id)s, %(region_id)s, %(measure)s, %(limits)s,
           %(clause_id)s, %(reason_zh_hans)s, %(reason_en)s, common_now(), %(ends_at)s
    FROM permitted LEFT JOIN named ON named.account_id = permitted.account_id
    WHERE named.id IS NOT NULL OR cardinality(%(api_key_ids)s::bigint[]) = 0
)
SELECT account_id FROM permitted
"""

_HOLDS = """
(restriction.ends_at IS NULL OR restriction.ends_at > common_now())
AND NOT EXISTS (SELECT FROM accounts_lifting before WHERE before.restriction_id = restriction.id)
"""
_LIFT = f"""
WITH chosen AS (
    SELECT permit.id, permit.account_id
    FROM accounts_permit permit
    WHERE permit.change = %(change)s
      AND (%(account_ids)s::bigint[] IS NULL OR permit.account_id = ANY(%(account_ids)s))
      AND EXISTS (
          SELECT FROM accounts_restriction restriction
          WHERE restriction.permit_id = permit.id AND {_HOLDS})
    ORDER BY permit.account_id
    LIMIT %(at_most)s
), lifted AS (
    INSERT INTO accounts_lifting (restriction_id, lifted_by_id, reason)
    SELECT restriction.id, %(lifted_by)s, %(reason)s
    FROM chosen
    JOIN accounts_restriction restriction ON restriction.permit_id = chosen.id
    WHERE {_HOLDS}
    ON CONFLICT (restriction_id) DO NOTHING
    RETURNING restriction_id
)
SELECT DISTINCT restriction.account_id
FROM lifted JOIN accounts_restriction restriction ON restriction.id = lifted.restriction_id
"""


def impose(
    *,
    change: UUID,
    opened: Mapping[int, datetime],
    service_id: int | None,
    model_id: int | None = None,
    region_id: int | None = None,
    api_key_ids: Sequence[int] = (),
    measure: str = Measure.SUSPEND,
    limits: Mapping[str, int] | None = None,
    clause_id: int,
    reason_zh_hans: str,
    reason_en: str,
    ends_at: datetime | None,
) -> list[int]:
    """Begins a restriction now for each account that `change` has not reached yet.

    `opened` says since when the gate is open for each account. `service_id`, `model_id`
    and `region_id` None mean all. `api_key_ids` empty means the whole account; otherwise
    each of those keys that is the account's own, one restriction for each. `limits` goes
    with the measure `limit` and with no other. Returns the accounts newly reached, in
    ascending order.
    """
    return permits.account_ids(
        _IMPOSE,
        {
            **permits.parameters(change=change, opened=opened),
            "service_id": service_id,
            "model_id": model_id,
            "region_id": region_id,
            "api_key_ids": list(api_key_ids),
            "measure": measure,
            "limits": Jsonb(dict(limits or {})),
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
    """Ends restrictions of `change` that still hold, for all accounts when None, but for
    no more than `at_most` of them.

    Returns the accounts for which one was lifted, in ascending order.
    """
    return permits.account_ids(
        _LIFT,
        {
            "change": change,
            "account_ids": None if account_ids is None else list(account_ids),
            "at_most": at_most,
            "lifted_by": lifted_by.pk,
            "reason": reason,
        },
    )
