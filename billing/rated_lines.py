"""Rated usage as the platform names it: public identifiers and codes, thousands of lines.

Finds out what each line is about, refuses those that cannot be charged with a verdict of
their own, and charges the others (`billing.charging`) in parts of a thousand lines, account
by account, so that nobody's wallet is locked for long. Safe to repeat, as every line has
its key.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import connection

from billing import charging
from billing.charging import Line

# Clocks of the platform are not ours.
CLOCKS_DIFFER_BY = timedelta(minutes=5)
# A year and some weeks: what is older is a matter for people, not for a batch.
OLDEST = timedelta(days=400)
AT_ONCE = 1_000


class LineVerdict(StrEnum):
    """What became of a line. Part of the API: never renamed."""

    ACCEPTED = "accepted"
    # Sent before, exactly so: not charged again.
    KNOWN = "known"
    # The key was used before, for something else.
    KEY_TAKEN = "key_taken"
    # More than the account can spend: takes nothing and can be sent again.
    NOT_ENOUGH = "not_enough"
    MALFORMED = "malformed"
    ACCOUNT_UNKNOWN = "account_unknown"
    # There is no such API key, or it is another account's.
    API_KEY_UNKNOWN = "api_key_unknown"
    SERVICE_UNKNOWN = "service_unknown"
    # There is no such model, or it is another service's.
    MODEL_UNKNOWN = "model_unknown"
    REGION_UNKNOWN = "region_unknown"
    IN_THE_FUTURE = "in_the_future"
    TOO_OLD = "too_old"


@dataclass(frozen=True, kw_only=True)
class RatedLine:
    """A line as it was sent. `exact` in micro-yuan with up to twelve decimals; the API key by
    its identifier or its digest."""

    key: str
    account: str
    exact: Decimal
    used_at: datetime
    api_key: str | None = None
    key_digest: str | None = None
    service: str | None = None
    model: str | None = None
    region: str | None = None
    quantities: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Malformed:
    """A line that cannot be read, and which of its fields is at fault ("": all of it)."""

    field: str


@dataclass(frozen=True)
class LineOutcome:
    """`posted` is what the ledger took for the line, in micro-yuan; None when nothing was
    charged. `field` is named for a malformed line."""

    verdict: LineVerdict
    posted: int | None = None
    field: str = ""


# A model without a service is of its own one; with both, they have to belong together.
_FIND = """
SELECT line.number - 1, account.id, key.id, coalesce(service.id, model.service_id), model.id,
       region.id,
       CASE
           WHEN account.id IS NULL THEN 'account_unknown'
           WHEN coalesce(line.api_key, line.digest) IS NOT NULL AND key.id IS NULL
               THEN 'api_key_unknown'
           WHEN line.service IS NOT NULL AND service.id IS NULL THEN 'service_unknown'
           WHEN line.model IS NOT NULL AND model.id IS NULL THEN 'model_unknown'
           WHEN line.region IS NOT NULL AND region.id IS NULL THEN 'region_unknown'
           WHEN line.used_at > %(latest)s THEN 'in_the_future'
           WHEN line.used_at < %(oldest)s THEN 'too_old'
       END
FROM unnest(%(accounts)s::text[], %(api_keys)s::text[], %(digests)s::text[],
            %(services)s::text[], %(models)s::text[], %(regions)s::text[],
            %(moments)s::timestamptz[]) WITH ORDINALITY
    AS line (account, api_key, digest, service, model, region, used_at, number)
LEFT JOIN accounts_account account ON account.public_id = line.account
LEFT JOIN accounts_apikey key ON key.account_id = account.id
    AND (key.public_id = line.api_key OR key.digest = line.digest)
LEFT JOIN accounts_service service ON service.slug = line.service
LEFT JOIN accounts_inferencemodel model ON model.slug = line.model
    AND (line.service IS NULL OR model.service_id = service.id)
LEFT JOIN accounts_region region ON region.slug = line.region
"""


def charge(
    *, lines: Sequence[RatedLine | Malformed], at: datetime, client: int | None
) -> list[LineOutcome]:
    """Charges what can be charged of `lines`, reported by that service client; an outcome for
    each, in their order.

    `at` is the moment against which theirs are judged. What was charged before an error of
    the database stays charged, and is `known` when all of it is sent again.
    """
    outcomes: list[LineOutcome] = [LineOutcome(LineVerdict.MALFORMED)] * len(lines)
    read: list[tuple[int, RatedLine]] = []
    for number, line in enumerate(lines):
        if isinstance(line, Malformed):
            outcomes[number] = LineOutcome(LineVerdict.MALFORMED, field=line.field)
        else:
            read.append((number, line))
    found: list[tuple[int, Line]] = []
    for number, known in _found([line for _number, line in read], at=at):
        where = read[number][0]
        if isinstance(known, Line):
            found.append((where, known))
        else:
            outcomes[where] = LineOutcome(known)
    found.sort(key=lambda one: (one[1].account, one[0]))
    for first in range(0, len(found), AT_ONCE):
        part = found[first : first + AT_ONCE]
        charged = charging.charge([known for _where, known in part], client=client)
        for (where, _known), outcome in zip(part, charged, strict=True):
            posted = outcome.taken if outcome.verdict in _CHARGED else None
            outcomes[where] = LineOutcome(LineVerdict(outcome.verdict.value), posted=posted)
    return outcomes


_CHARGED = (charging.Verdict.ACCEPTED, charging.Verdict.KNOWN)


def _found(lines: Sequence[RatedLine], *, at: datetime) -> Iterator[tuple[int, Line | LineVerdict]]:
    """Each line's number, and the line by primary keys or why it cannot be charged."""
    if not lines:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _FIND,
            {
                "accounts": [line.account for line in lines],
                "api_keys": [line.api_key for line in lines],
                "digests": [line.key_digest for line in lines],
                "services": [line.service for line in lines],
                "models": [line.model for line in lines],
                "regions": [line.region for line in lines],
                "moments": [line.used_at for line in lines],
                "latest": at + CLOCKS_DIFFER_BY,
                "oldest": at - OLDEST,
            },
        )
        rows = cursor.fetchall()
    for number, *found, refusal in rows:
        yield number, (LineVerdict(refusal) if refusal else _line(lines[number], *found))


def _line(sent: RatedLine, *found: Any) -> Line:
    account, api_key, service, model, region = found
    return Line(
        key=sent.key,
        account=account,
        exact=sent.exact,
        used_at=sent.used_at,
        api_key=api_key,
        service=service,
        model=model,
        region=region,
        quantities=dict(sent.quantities) if sent.quantities else None,
    )
