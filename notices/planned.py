"""Changes that people have been told of and that have not begun for an account yet."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from accounts.models import Account
from accounts.upcoming import Upcoming
from notices.models import ServiceChange

# From the moment notices are written; before it, nothing is shown to anybody.
TOLD = (
    ServiceChange.State.ANNOUNCING,
    ServiceChange.State.ANNOUNCED,
    ServiceChange.State.TAKING_EFFECT,
)

# The gate's own answer where it has one: the planned moment may be too early for those
# who were told late.
QUERY = """
SELECT change.id, concerned.account_id, coalesce(gate.moment, change.effective_at)
FROM notices_concernedaccount concerned
JOIN notices_servicechange change ON change.id = concerned.change_id
LEFT JOIN notices_gate gate
    ON gate.change = change.uuid AND gate.account_id = concerned.account_id
LEFT JOIN accounts_permit permit
    ON permit.change = change.uuid AND permit.account_id = concerned.account_id
WHERE concerned.account_id = ANY(%(accounts)s) AND change.state = ANY(%(states)s)
    AND permit.id IS NULL AND (change.ends_at IS NULL OR change.ends_at > %(at)s)
ORDER BY 3, 1
"""


@dataclass(frozen=True)
class Planned:
    """A change and when it begins for one account."""

    change: ServiceChange
    account_id: int
    begins_at: datetime


def planned_for(accounts: Collection[Account], *, at: datetime) -> list[Planned]:
    """What lies ahead of those accounts, the soonest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            QUERY,
            {"accounts": [one.pk for one in accounts], "states": list(TOLD), "at": at},
        )
        rows = cursor.fetchall()
    changes = ServiceChange.objects.select_related("service", "clause__version__document").in_bulk(
        {change_id for change_id, _account, _moment in rows}
    )
    return [
        Planned(change=changes[change_id], account_id=account_id, begins_at=moment)
        for change_id, account_id, moment in rows
    ]


def upcoming(accounts: Collection[Account], at: datetime) -> Iterable[Upcoming]:
    """The same, as `accounts.upcoming` asks for it."""
    return [
        Upcoming(
            account_id=one.account_id,
            service_id=one.change.service_id,
            model_id=one.change.model_id,
            region_id=one.change.region_id,
            api_key_ids=tuple(one.change.concerned_keys.values_list("api_key_id", flat=True)),
            kind=one.change.kind,
            begins_at=one.begins_at,
        )
        for one in planned_for(accounts, at=at)
    ]
