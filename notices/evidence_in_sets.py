"""Attempts and outcomes of a whole batch, each written by one statement.

Hundreds of rows as arrays cost a fraction of what as many INSERTs of the ORM do; columns that
the database fills in (transaction, number) are left to it. So is the moment, which it stamps
whatever is written here: what is only saves asking the clock twice for each row.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from common import prepared
from common.arrays import array
from common.messaging import Submission

_ATTEMPTS = """
INSERT INTO notices_attempt
    (id, delivery_id, provider, fence, repeats_id, provider_template, params, recorded_at)
SELECT id, delivery_id, provider, fence, repeats_id, coalesce(provider_template, ''),
    coalesce(params, '{}'), statement_timestamp()
FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::int[], %s::uuid[], %s::text[], %s::jsonb[])
    AS one (id, delivery_id, provider, fence, repeats_id, provider_template, params)
"""
_OUTCOMES = """
INSERT INTO notices_outcome (attempt_id, verdict, provider_reference, answer, recorded_at)
SELECT attempt_id, verdict, coalesce(provider_reference, ''), coalesce(answer, '{}'),
    statement_timestamp()
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::jsonb[])
    AS one (attempt_id, verdict, provider_reference, answer)
"""
_written = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(slots=True, kw_only=True)
class NewAttempt:
    """An `Attempt` that is about to be written, by the same names."""

    delivery_id: int
    provider: str
    fence: int
    repeats_id: UUID | None = None
    provider_template: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    pk: UUID = field(default_factory=uuid4)
    # The same as text, which is needed again and again.
    key: str = field(init=False)

    def __post_init__(self) -> None:
        self.key = str(self.pk)

    @property
    def reference(self) -> str:
        """What the provider knows it by: of a repeat, what it repeats."""
        return str(self.repeats_id) if self.repeats_id else self.key


def write_attempts(attempts: Sequence[NewAttempt]) -> None:
    """All of them, in this transaction."""
    _insert(
        _ATTEMPTS,
        [
            (
                one.key,
                one.delivery_id,
                one.provider,
                one.fence,
                one.repeats_id,
                one.provider_template or None,
                _json(one.params),
            )
            for one in attempts
        ],
    )


def write_outcomes(attempts: Sequence[NewAttempt], answers: Sequence[Submission]) -> None:
    """The answer to each attempt, in this transaction. An attempt has one at most."""
    _insert(
        _OUTCOMES,
        [
            (one.key, str(answer.verdict), answer.provider_reference or None, _json(answer.answer))
            for one, answer in zip(attempts, answers, strict=True)
        ],
    )


def _insert(statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        prepared.run(statement, tuple(array(column) for column in zip(*rows, strict=True)))


def _json(value: Mapping[str, Any]) -> str | None:
    return _written(dict(value)) if value else None
