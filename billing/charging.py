"""Rated usage comes in, in lines that count once each.

Amounts are exact decimals of a micro-yuan. The ledger takes whole ones: of each account the
rounded sum of all lines so far less what it took for those before, so that at no time it is
off by more than half a micro-yuan, however the lines were sent.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal
from enum import StrEnum
from typing import Any

from billing.ledger import posting_at_once
from common import prepared
from common.arrays import array

ALL_DIGITS = Context(prec=40)  # there can be thirty


class Verdict(StrEnum):
    """What became of a line."""

    ACCEPTED = "accepted"
    # Sent before, exactly so.
    KNOWN = "known"
    # The key was used before, for something else.
    KEY_TAKEN = "key_taken"
    NOT_ENOUGH = "not_enough"


VERDICTS = {str(verdict): verdict for verdict in Verdict}


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
        exact = format(self.exact.normalize(ALL_DIGITS), "f")
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
SELECT verdict, charge_id, taken FROM billing_charge_one(%s::text, %s::text, %s::bigint,
    %s::numeric, %s::timestamptz, %s::bigint, %s::bigint, %s::bigint, %s::bigint, %s::jsonb,
    %s::bigint)
"""


@posting_at_once
def charge(lines: Sequence[Line], *, client: int | None = None) -> list[Outcome]:
    """Charges every line that fits what its account can spend; an outcome for each line, in
    their order. One that does not fit takes nothing and can be sent again; access is
    withheld from its account until money comes in."""
    if not lines:
        return []
    if len(lines) == 1:
        found = prepared.rows(_CHARGE_ONE, (*_values(lines[0]), client))
    else:
        columns = zip(*map(_values, lines), strict=True)
        found = prepared.rows(_CHARGE, (*map(array, columns), client))
    return [Outcome(VERDICTS[verdict], number, taken) for verdict, number, taken in found]


def _values(line: Line) -> tuple[Any, ...]:
    """As the functions of `billing/migrations/0017_charging_in_fewer_steps.py` take them."""
    return (
        line.key,
        line.hash,
        line.account,
        str(line.exact),
        line.used_at.isoformat(),
        line.api_key,
        line.service,
        line.model,
        line.region,
        json.dumps(line.quantities) if line.quantities else None,
    )
