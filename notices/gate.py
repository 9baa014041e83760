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


@dataclass(frozen=True)
class Gate:
    """What stands between a change and one account. `opens_at` is None without proof
    that somebody of the account has been told."""

    account_id: int
    opens_at: datetime | None
    passed: bool


def earliest_effect(change: ServiceChange, account: Account) -> datetime | None:
    """From when the change may be felt by the account; None: not as things stand."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT earliest_effect(%s, %s)", [change.uuid, account.pk])
        row = cursor.fetchone()
    return row[0] if row else None


def gates(change: ServiceChange) -> list[Gate]:
    """The gate of every account of the change, those without proof last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT gate.account_id, gate.moment, permit.id IS NOT NULL"
            " FROM notices_gate gate"
            " LEFT JOIN accounts_permit permit"
            "   ON permit.change = gate.change AND permit.account_id = gate.account_id"
            " WHERE gate.change = %s ORDER BY gate.moment NULLS LAST, gate.account_id",
            [change.uuid],
        )
        return [Gate(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Tally:
    """The gates of a change, counted. `told` have a moment, `late` one after the planned
    one, `passed` a permit."""

    accounts: int
    told: int
    late: int
    passed: int
    first_opens_at: datetime | None

    @property
    def untold(self) -> int:
        return self.accounts - self.told

    @property
    def told_share(self) -> float:
        return self.told / self.accounts if self.accounts else 0


def tally(change: ServiceChange) -> Tally:
    """Counts the gates of a change in the database, however many there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(gate.moment),"
            "  count(*) FILTER (WHERE gate.moment > %(planned)s), count(permit.id),"
            "  min(gate.moment)"
            " FROM notices_concernedaccount concerned"
            " LEFT JOIN notices_gate gate"
            "   ON gate.change = %(uuid)s AND gate.account_id = concerned.account_id"
            " LEFT JOIN accounts_permit permit"
            "   ON permit.change = %(uuid)s AND permit.account_id = concerned.account_id"
            " WHERE concerned.change_id = %(pk)s",
            {"planned": change.effective_at, "uuid": change.uuid, "pk": change.pk},
        )
        row = cursor.fetchone()
    assert row is not None  # an aggregate always gives one row
    return Tally(*row)


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


def open_gates(change: ServiceChange, *, at: datetime) -> list[int]:
    """Lets the change take effect for every account whose gate is open at `at`.

    Runs in the caller's transaction, which must hold the lock on the change. Accounts
    under the change already are passed over; one that is not ready holds up nobody else.
    Nobody comes under a change that is over by then. Returns the accounts newly concerned.
    """
    if change.is_over(at):
        return []
    opened = {
        gate.account_id: gate.opens_at
        for gate in gates(change)
        if not gate.passed and gate.opens_at is not None and gate.opens_at <= at
    }
    if not opened:
        return []
    kind = kinds_of_change.get(change.kind)
    effect = Effect(
        change=change.uuid,
        clause_id=change.clause_id,
        service_id=change.service_id,
        reason_zh_hans=change.reason_zh_hans,
        reason_en=change.reason_en,
        ends_at=change.ends_at,
    )
    return kind.take_effect(effect, opened=opened)


def is_through(change: ServiceChange) -> bool:
    """Whether every account of the change has its permit."""
    permitted = Permit.objects.filter(change=change.uuid).count()
    return permitted == change.concerned.count()
