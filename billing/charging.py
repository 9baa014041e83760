"""Rated usage comes in, in lines that count once each.

Amounts are exact decimals of a micro-yuan. The ledger takes whole ones: of each account the
rounded sum of all lines so far less what it took for those before, so that at no time it is
off by more than half a micro-yuan, however the lines were sent.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from billing.ledger import posting_at_once


class Verdict(StrEnum):
    """What became of a line."""

    ACCEPTED = "accepted"
    # Sent before, exactly so.
    KNOWN = "known"
    # The key was used before, for something else.
    KEY_TAKEN = "key_taken"
    NOT_ENOUGH = "not_enough"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One rated use. `exact` in micro-yuan with up to twelve decimals; records by their
    primary keys. The same `key` is never charged twice."""

    key: str
    account: int
    exact: Decimal
    used_at: datetime
    api_key: int | None = None
    service: int | None = None
    model: int | None = None
    region: int | None = None
    quantities: dict[str, Any] | None = None

    @property
    def hash(self) -> str:
        with localcontext() as context:
            context.prec = 40  # all of the digits there can be
            exact = format(self.exact.normalize(), "f")
        told = (
            self.account,
            exact,
            self.used_at.timestamp(),
            self.api_key,
            self.service,
            self.model,
            self.region,
            sorted((self.quantities or {}).items()),
        )
        return hashlib.sha256(repr(told).encode()).hexdigest()


@dataclass(frozen=True)
class Outcome:
    """Of one line: `charge` is its record, `taken` what the ledger took, in micro-yuan."""

    verdict: Verdict
    charge: int | None
    taken: int | None


_CHARGE = """
SELECT verdict, charge_id, taken FROM billing_charge(%s::text[], %s::text[], %s::bigint[],
    %s::numeric[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::jsonb[], %s::bigint)
"""
_CHARGE_ONE = """
SELECT verdict, charge_id, taken FROM billing_charge_one(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


@posting_at_once
def charge(lines: Sequence[Line], *, client: int | None = None) -> list[Outcome]:
    """Charges every line that fits what its account can spend; an outcome for each line, in
    their order. One that does not fit takes nothing and can be sent again; access is
    withheld from its account until money comes in."""
    if not lines:
        return []
    values = [_values(line) for line in lines]
    with connection.cursor() as cursor:
        if len(lines) == 1:
            cursor.execute(_CHARGE_ONE, [*values[0], client])
        else:
            columns = [list(column) for column in zip(*values, strict=True)]
            cursor.execute(_CHARGE, [*columns, client])
        return [Outcome(Verdict(row[0]), *row[1:]) for row in cursor.fetchall()]


def _values(line: Line) -> tuple[Any, ...]:
    """As the functions of `billing/migrations/0004_charging.py` take them."""
    return (
        line.key,
        line.hash,
        line.account,
        line.exact,
        line.used_at,
        line.api_key,
        line.service,
        line.model,
        line.region,
        Jsonb(line.quantities) if line.quantities else None,
    )
