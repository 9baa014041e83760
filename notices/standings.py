"""How the gates of a change stand, reckoned now and then, and staff alarmed of those at risk.

With a million accounts this takes a while, so pages show what was last reckoned. A gate
is at risk when, as things stand, it will not be open at the planned moment. Nothing needs
to be done about it: the account is put off to the moment its own gate opens. Staff are
told because they may do better: correct an address, add an owner, put the account off to
a certain day, or leave it out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from common.clock import now
from common.unhurried import take_time
from notices.models import GateAtRisk, GateTally, Notice, ServiceChange

LOOKED_AT = 10_000
# Reckoning may take this part of the time, so a large change is looked at less often.
SHARE = 20
OFTENEST = timedelta(seconds=30)
State = ServiceChange.State

# One window of accounts: gates counted, and those at risk written down or crossed out.
# Somebody who is still being written to is at risk only once it would be too late.
_RECKON = """
WITH looked_at AS MATERIALIZED (
    SELECT account_id FROM notices_concernedaccount
    WHERE change_id = %(change)s AND account_id > %(after)s
    ORDER BY account_id LIMIT %(most)s
), standing AS MATERIALIZED (
    SELECT looked_at.account_id, gate.account_id IS NULL AS exempt, gate.moment, gate.planned,
           permit.id IS NOT NULL AS passed
    FROM looked_at
    LEFT JOIN notices_gate gate
        ON gate.change_id = %(change)s AND gate.account_id = looked_at.account_id
    LEFT JOIN accounts_permit permit
        ON permit.change = %(uuid)s AND permit.account_id = looked_at.account_id
), untold AS MATERIALIZED (
    SELECT standing.account_id,
           count(delivery.id) AS messages,
           bool_or(delivery.state IN ('unknown', 'expired')) AS doubtful,
           bool_or(delivery.state IN ('pending', 'sending', 'retrying')) AS on_its_way
    FROM standing
    LEFT JOIN notices_noticeaccount about
        ON about.change_id = %(change)s AND about.account_id = standing.account_id
        AND about.phase = 'announced'
    LEFT JOIN notices_delivery delivery ON delivery.notice_id = about.notice_id
    WHERE standing.moment IS NULL AND NOT standing.exempt AND NOT standing.passed
    GROUP BY standing.account_id
), risky AS MATERIALIZED (
    SELECT standing.account_id, standing.moment,
           CASE WHEN standing.moment IS NOT NULL THEN 'late'
                WHEN untold.messages = 0 THEN 'nobody'
                WHEN untold.doubtful THEN 'unknown'
                ELSE 'undelivered' END AS cause
    FROM standing
    LEFT JOIN untold ON untold.account_id = standing.account_id
    JOIN accounts_account account ON account.id = standing.account_id
    WHERE NOT standing.exempt AND NOT standing.passed AND NOT %(at_once)s
      AND (standing.moment > standing.planned
           OR (standing.moment IS NULL AND (
               NOT coalesce(untold.on_its_way, %(writing)s)
               OR notices_opening(%(at)s, %(lead_days)s, account.time_zone, account.time_zone)
                  > standing.planned)))
), written AS (
    INSERT INTO notices_gateatrisk AS kept (change_id, account_id, cause, opens_at, since)
    SELECT %(change)s, account_id, cause, moment, %(at)s FROM risky ORDER BY account_id
    ON CONFLICT (change_id, account_id)
    DO UPDATE SET cause = excluded.cause, opens_at = excluded.opens_at
        WHERE (kept.cause, kept.opens_at) IS DISTINCT FROM (excluded.cause, excluded.opens_at)
), crossed_out AS (
    DELETE FROM notices_gateatrisk kept
    USING looked_at
    WHERE kept.change_id = %(change)s AND kept.account_id = looked_at.account_id
      AND NOT EXISTS (SELECT FROM risky WHERE risky.account_id = kept.account_id)
)
SELECT (SELECT max(account_id) FROM looked_at),
       count(*), count(moment), count(*) FILTER (WHERE moment > planned),
       count(*) FILTER (WHERE passed), count(*) FILTER (WHERE exempt),
       min(moment), max(moment)
FROM standing
"""


@dataclass
class _Counted:
    """Sums over the windows, in the order the statement gives them."""

    accounts: int = 0
    told: int = 0
    late: int = 0
    passed: int = 0
    exempted: int = 0
    first_opens_at: datetime | None = None
    last_opens_at: datetime | None = None

    def add(self, row: tuple[Any, ...]) -> None:
        accounts, told, late, passed, exempted, first, last = row
        self.accounts += accounts
        self.told += told
        self.late += late
        self.passed += passed
        self.exempted += exempted
        moments = [moment for moment in (self.first_opens_at, first) if moment is not None]
        self.first_opens_at = min(moments, default=None)
        moments = [moment for moment in (self.last_opens_at, last) if moment is not None]
        self.last_opens_at = max(moments, default=None)


def reckon(change: ServiceChange, *, at: datetime) -> GateTally:
    """Counts the gates of a change and writes down those at risk, some thousands at a time,
    each in a transaction of its own."""
    begun = now()
    counted, after = _Counted(), 0
    given: dict[str, Any] = {
        "change": change.pk,
        "uuid": change.uuid,
        "at": at,
        "at_once": change.at_once,
        "lead_days": change.lead_policy.lead_days if change.lead_policy else 0,
        # An account without messages may be about to get some.
        "writing": change.state in (State.APPROVED, State.ANNOUNCING),
        "most": LOOKED_AT,
    }
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            take_time()
            cursor.execute(_RECKON, {**given, "after": after})
            row = cursor.fetchone()
        assert row is not None  # counts always give one row
        upto, *sums = row
        if upto is None:
            break
        counted.add(tuple(sums))
        after = upto
    tally, _created = GateTally.objects.update_or_create(
        change=change,
        defaults={**vars(counted), "reckoned_at": now(), "took": now() - begun},
    )
    return tally


def tally_of(change: ServiceChange, *, at: datetime) -> GateTally | None:
    """The tally to show: reckoned now for a change of few accounts, else the last one; None
    for one of many accounts whose first has yet to be reckoned by a job."""
    kept: GateTally | None = GateTally.objects.filter(change=change).first()
    old = kept is None or at - kept.reckoned_at > timedelta(seconds=5)
    if old and change.concerned_count <= LOOKED_AT:
        return reckon(change, at=at)
    return kept


def to_reckon(at: datetime) -> list[ServiceChange]:
    """Changes under way whose gates have not been looked at for a while, considering how
    long that takes."""
    waiting: QuerySet[ServiceChange] = ServiceChange.objects.filter(
        Q(state__in=ServiceChange.UNDER_WAY) | Q(state=State.COMPLETE, tally__passed=0)
    ).select_related("tally", "lead_policy")
    return [change for change in waiting if _is_stale(change, at)]


def _is_stale(change: ServiceChange, at: datetime) -> bool:
    tally: GateTally | None = getattr(change, "tally", None)
    return tally is None or at - tally.reckoned_at > max(OFTENEST, SHARE * tally.took)


def reckon_all(*, at: datetime, at_most: timedelta) -> int:
    """Reckons what is stale, beginning none after `at_most`; the number of changes."""
    begun, done = now(), 0
    for change in to_reckon(at):
        if now() - begun > at_most:
            break
        reckon(change, at=at)
        done += 1
    return done


def at_risk() -> QuerySet[GateAtRisk]:
    """Gates at risk of changes that are still under way."""
    found: QuerySet[GateAtRisk] = GateAtRisk.objects.filter(
        change__state__in=(State.ANNOUNCING, State.ANNOUNCED, State.TAKING_EFFECT)
    )
    return found


def empty_audiences() -> QuerySet[ServiceChange]:
    """Changes that are for nobody: their audience came out empty, or nobody could be
    written to. They stay where they are until somebody comes to fit or withdraws them."""
    told = Notice.objects.filter(expansion__change=OuterRef("pk"))
    selected = Q(audience=ServiceChange.Audience.CHOSEN) | Q(
        selections__round=1, selections__last=True
    )
    found: QuerySet[ServiceChange] = ServiceChange.objects.filter(
        selected,
        Q(concerned_count=0) | (Q(expansions__completion__people=0) & ~Exists(told)),
        state__in=(State.ANNOUNCING, State.ANNOUNCED, State.TAKING_EFFECT),
    ).distinct()
    return found
