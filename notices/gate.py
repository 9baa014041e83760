"""The gate (clause 1.3): no effect without prior notice that can be proven.

The rule itself is the SQL view `notices_gate`, which the trigger on permits asks too, so
what is shown here and what the database allows cannot differ. This module asks it, and
opens it: the only place from which a change takes effect.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

from django.db import connection

from accounts.models import Account, Permit
from common.changes import Effect, kinds_of_change
from notices.models import LeadPolicy, ServiceChange

# Accounts whose gates are looked at, and opened, in one transaction.
LOOKED_AT = 5_000


def earliest_effect(change: ServiceChange, account: Account) -> datetime | None:
    """From when the change may be felt by the account; None: not as things stand."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT earliest_effect(%s, %s)", [change.uuid, account.pk])
        row = cursor.fetchone()
    return row[0] if row else None


def opens_if_told(*, told_at: datetime, lead_days: int, zone: str) -> datetime:
    """The moment the gate opens for somebody told at `told_at`: 00:00 in `zone` of the day
    after `lead_days` whole days. For forecasts; the database decides."""
    told_on: date = told_at.astimezone(ZoneInfo(zone)).date()
    opening_day = told_on + timedelta(days=lead_days + 1)
    # In UTC, because a midnight that the clocks skip equals nothing in its own zone.
    return datetime.combine(opening_day, clock_time.min, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def current_policy(kind: str) -> LeadPolicy | None:
    """The newest lead policy for changes of that kind."""
    return LeadPolicy.objects.filter(kind=kind).order_by("-version").first()


def effect_of(change: ServiceChange) -> Effect:
    """What the change does, as its kind is told."""
    return Effect(
        change=change.uuid,
        clause_id=change.clause_id,
        service_id=change.service_id,
        model_id=change.model_id,
        region_id=change.region_id,
        api_key_ids=tuple(
            change.concerned_keys.order_by("api_key").values_list("api_key_id", flat=True)
        ),
        limits=change.limits,
        agreement_version_id=change.agreement_version_id,
        reason_zh_hans=change.reason_zh_hans,
        reason_en=change.reason_en,
        ends_at=change.ends_at,
    )


# Those under the change already and those left out are passed over before anything is
# worked out; they still count as looked at.
_CLOSED = """
WITH looked_at AS MATERIALIZED (
    SELECT account_id FROM notices_concernedaccount
    WHERE change_id = %(change)s AND account_id > %(after)s
    ORDER BY account_id LIMIT %(most)s
), waiting AS (
    SELECT account_id FROM looked_at WHERE NOT EXISTS (
        SELECT FROM accounts_permit permit
        WHERE permit.change = %(uuid)s AND permit.account_id = looked_at.account_id)
)
SELECT (SELECT max(account_id) FROM looked_at), waiting.account_id, gate.moment
FROM (VALUES (1)) one
LEFT JOIN waiting ON true
LEFT JOIN notices_gate gate
    ON gate.change_id = %(change)s AND gate.account_id = waiting.account_id
"""


@dataclass(frozen=True)
class Opened:
    """What opening some gates came to: `begun` feel the change from now on, `upto` is the
    last account looked at (None: there was none), `next_opens_at` when the first of the
    gates still closed will open (None: none is known to)."""

    begun: list[int]
    upto: int | None
    next_opens_at: datetime | None


def open_some(change: ServiceChange, *, at: datetime, after: int = 0) -> Opened:
    """Lets the change take effect for those of the next accounts whose gate is open at
    `at`; up to `LOOKED_AT` from the one after `after` on.

    Runs in the caller's transaction, which must hold the lock on the change. One that is
    not ready holds up nobody else.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _CLOSED,
            {"change": change.pk, "uuid": change.uuid, "after": after, "most": LOOKED_AT},
        )
        rows = cursor.fetchall()
    upto = rows[0][0]
    moments = {account: moment for _upto, account, moment in rows if moment is not None}
    opened = {account: moment for account, moment in moments.items() if moment <= at}
    return Opened(
        begun=(
            kinds_of_change.get(change.kind).take_effect(effect_of(change), opened=opened)
            if opened
            else []
        ),
        upto=upto,
        next_opens_at=min((moment for moment in moments.values() if moment > at), default=None),
    )


def is_through(change: ServiceChange) -> bool:
    """Whether every account of the change that is not left out has its permit."""
    permitted = Permit.objects.filter(change=change.uuid).count()
    return permitted >= change.concerned_count - change.exemptions.count()
