"""Which services accounts use, as gateways report it.

Audiences ask it ("who has used this since June"), and so does an amendment: going on using
a service accepts it (clause 14.3). Where a report names keys, it also says when each was last used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import connection

# Clocks of gateways are not ours; a little ahead is taken for now.
CLOCKS_DIFFER_BY = timedelta(minutes=5)


class Verdict(StrEnum):
    """What became of a line of a report. Part of the API: never renamed."""

    RECORDED = "recorded"
    MALFORMED = "malformed"
    ACCOUNT_UNKNOWN = "account_unknown"
    KEY_UNKNOWN = "key_unknown"
    SERVICE_UNKNOWN = "service_unknown"
    REGION_UNKNOWN = "region_unknown"
    IN_THE_FUTURE = "in_the_future"


@dataclass(frozen=True, kw_only=True)
class Use:
    """A service was used, by an account or a key of it; `region` None: not said where."""

    account: str | None = None
    key_digest: str | None = None
    service: str
    region: str | None = None
    used_at: datetime


# Written in one order, so that two reports never wait for each other.
_RECORD = """
WITH line AS (
    SELECT * FROM unnest(%(numbers)s::int[], %(accounts)s::text[], %(digests)s::text[],
                         %(services)s::text[], %(regions)s::text[], %(moments)s::timestamptz[])
        AS line (number, account, digest, service, region, used_at)
), found AS (
    SELECT line.number, key.id AS key_id,
           -- A key that was handed over since was used by the account it belonged to then.
           coalesce(account.id, (
               SELECT handed.account_id FROM accounts_transfer handed
               JOIN accounts_transferstep step ON step.transfer_id = handed.id
               WHERE handed.api_key_id = key.id AND step.kind = 'consented'
                 AND step.recorded_at > line.used_at
               ORDER BY step.recorded_at LIMIT 1), key.account_id) AS account_id,
           service.id AS service_id, region.id AS region_id,
           least(line.used_at, %(at)s) AS used_at,
           CASE
               WHEN line.account IS NOT NULL AND account.id IS NULL THEN 'account_unknown'
               WHEN line.account IS NULL AND key.id IS NULL THEN 'key_unknown'
               WHEN service.id IS NULL THEN 'service_unknown'
               WHEN line.region IS NOT NULL AND region.id IS NULL THEN 'region_unknown'
               WHEN line.used_at > %(latest)s THEN 'in_the_future'
               ELSE 'recorded'
           END AS verdict
    FROM line
    LEFT JOIN accounts_account account ON account.public_id = line.account
    LEFT JOIN accounts_apikey key ON key.digest = line.digest
    LEFT JOIN accounts_service service ON service.slug = line.service
    LEFT JOIN accounts_region region ON region.slug = line.region
), written AS (
    INSERT INTO accounts_serviceuse AS known
        (account_id, service_id, region_id, first_used_at, last_used_at)
    SELECT account_id, service_id, region_id, min(used_at), max(used_at)
    FROM found WHERE verdict = 'recorded'
    GROUP BY account_id, service_id, region_id
    ORDER BY account_id, service_id, region_id
    ON CONFLICT (account_id, service_id, region_id) DO UPDATE
    SET first_used_at = least(known.first_used_at, excluded.first_used_at),
        last_used_at = greatest(known.last_used_at, excluded.last_used_at)
    WHERE excluded.first_used_at < known.first_used_at
       OR excluded.last_used_at > known.last_used_at
), of_keys AS (
    -- To the minute: a busy key is not written with every report.
    INSERT INTO accounts_apikeyuse AS known (api_key_id, last_used_at)
    SELECT key_id, max(used_at) FROM found WHERE verdict = 'recorded' AND key_id IS NOT NULL
    GROUP BY key_id ORDER BY key_id
    ON CONFLICT (api_key_id) DO UPDATE SET last_used_at = excluded.last_used_at
    WHERE excluded.last_used_at >= known.last_used_at + interval '1 minute'
)
SELECT number, verdict FROM found
"""


def record(*, lines: Sequence[Use | None], at: datetime) -> list[Verdict]:
    """Records the uses among `lines`, in one statement, and says what became of each.

    None is a line that could not be read: `malformed`. Safe to repeat. What lies up to
    five minutes after `at` is taken for `at`, what lies further ahead is refused.
    """
    verdicts = [Verdict.MALFORMED] * len(lines)
    read = [(number, line) for number, line in enumerate(lines) if line is not None]
    with connection.cursor() as cursor:
        cursor.execute(
            _RECORD,
            {
                "numbers": [number for number, _line in read],
                "accounts": [line.account for _number, line in read],
                "digests": [line.key_digest for _number, line in read],
                "services": [line.service for _number, line in read],
                "regions": [line.region for _number, line in read],
                "moments": [line.used_at for _number, line in read],
                "at": at,
                "latest": at + CLOCKS_DIFFER_BY,
            },
        )
        for number, verdict in cursor.fetchall():
            verdicts[number] = Verdict(verdict)
    return verdicts
