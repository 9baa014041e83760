"""Figures of cases: how old the queues are, what was decided, how long reporters waited.

Each is one statement over what the period holds, by an index on its moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from compliance.models import Action, AppealDecision, Queue

# Upper bounds of ages in days; the last is open.
AGES = (1, 3, 7, 15, 30)

_QUEUES_BY_AGE = """
SELECT queue, width_bucket(extract(epoch FROM %(at)s - opened_at) / 86400, %(ages)s::float8[]),
    count(*)
FROM compliance_case WHERE closed_at IS NULL GROUP BY 1, 2
"""
# A clock that ran out before it was stopped, or is still running past its end: by the case's
# own `due_at`, which is kept, and the events that ended it.
_BREACHES = """
SELECT date_trunc('week', event.recorded_at AT TIME ZONE %(zone)s)::date AS week,
    count(*) AS decided, count(*) FILTER (WHERE (event.data->>'late')::boolean) AS late
FROM compliance_caseevent event
WHERE event.what = 'decision_approved' AND event.recorded_at >= %(since)s
GROUP BY 1 ORDER BY 1
"""
_DECISIONS = """
SELECT decision.action, version.policy_id, policy.clause_number, count(*)
FROM compliance_decisionapproval approval
JOIN compliance_decision decision ON decision.id = approval.decision_id
JOIN compliance_policyversion version ON version.id = decision.policy_version_id
JOIN compliance_policy policy ON policy.id = version.policy_id
WHERE approval.recorded_at >= %(since)s
GROUP BY 1, 2, 3, policy.position ORDER BY policy.position
"""
_APPEALS = """
SELECT result, count(*) FROM compliance_appealdecision
WHERE recorded_at >= %(since)s GROUP BY 1
"""
_WAITS = """
SELECT date_trunc('week', first.recorded_at AT TIME ZONE %(zone)s)::date AS week,
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (
        ORDER BY extract(epoch FROM first.recorded_at - report.recorded_at) / 3600)
FROM compliance_report report
JOIN LATERAL (
    SELECT min(recorded_at) AS recorded_at FROM compliance_reportoutcome outcome
    WHERE outcome.report_id = report.id) first ON first.recorded_at IS NOT NULL
WHERE first.recorded_at >= %(since)s
GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True)
class ByWeek:
    """Numbers of one week, named by its Monday."""

    week: date
    numbers: Mapping[str, int]


def _rows(statement: str, **given: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def queues_by_age(*, at: datetime) -> dict[str, list[int]]:
    """Open cases of each queue by age: up to a day, up to three, and so on (`AGES`)."""
    counted = {queue.value: [0] * (len(AGES) + 1) for queue in Queue}
    for queue, bucket, number in _rows(_QUEUES_BY_AGE, at=at, ages=list(AGES)):
        counted[queue][bucket] = number
    return counted


def breaches(*, since: datetime, zone: str) -> list[ByWeek]:
    """Decisions by week: `in_time`, and `late` of those whose clock had run out."""
    return [
        ByWeek(week, {"in_time": decided - late, "late": late})
        for week, decided, late in _rows(_BREACHES, since=since, zone=zone)
    ]


def decisions(*, since: datetime) -> dict[str, dict[str, int]]:
    """Approved decisions by clause, and within by action."""
    found: dict[str, dict[str, int]] = {}
    for action, _policy, clause, number in _rows(_DECISIONS, since=since):
        actions = found.setdefault(clause, dict.fromkeys(Action.values, 0))
        actions[action] += number
    return found


def appeals(*, since: datetime) -> dict[str, int]:
    """Decided appeals by result."""
    counted = dict.fromkeys(AppealDecision.Result.values, 0)
    counted.update(dict(_rows(_APPEALS, since=since)))
    return counted


def waits(*, since: datetime, zone: str) -> list[ByWeek]:
    """How long reporters waited to be told, by the week they were: hours, median and ninth
    decile."""
    return [
        ByWeek(week, {"median": round(median), "ninth": round(ninth)})
        for week, (median, ninth) in _rows(_WAITS, since=since, zone=zone)
    ]


def since_weeks(weeks: int, *, at: datetime) -> datetime:
    return at - timedelta(weeks=weeks)
