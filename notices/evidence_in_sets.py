"""Attempts and outcomes of a whole batch, each written by one statement.

Hundreds of rows as arrays cost a fraction of what as many INSERTs of the ORM do; columns that
the database fills in (moment, transaction, number) are left to it.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from common.messaging import Submission
from notices.models import Attempt

_ATTEMPTS = """
INSERT INTO notices_attempt
    (id, delivery_id, provider, fence, repeats_id, provider_template, params)
SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::int[], %s::uuid[], %s::text[],
    %s::jsonb[])
"""
_OUTCOMES = """
INSERT INTO notices_outcome (attempt_id, verdict, provider_reference, answer)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::jsonb[])
"""


def write_attempts(attempts: Sequence[Attempt]) -> None:
    """All of them, new ones, in this transaction."""
    _insert(
        _ATTEMPTS,
        [
            (
                one.pk,
                one.delivery_id,
                one.provider,
                one.fence,
                one.repeats_id,
                one.provider_template,
                _json(one.params),
            )
            for one in attempts
        ],
    )


def write_outcomes(attempts: Sequence[Attempt], answers: Sequence[Submission]) -> None:
    """The answer to each attempt, in this transaction. An attempt has one at most."""
    _insert(
        _OUTCOMES,
        [
            (one.pk, str(answer.verdict), answer.provider_reference, _json(answer.answer))
            for one, answer in zip(attempts, answers, strict=True)
        ],
    )


def _insert(statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), ensure_ascii=False) if value else "{}"
