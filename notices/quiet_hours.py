"""Quiet hours: nobody is woken up, and nobody is told too late for it.

A delivery waits until the quiet hours of its channel are over, in its recipient's time zone.
It goes at once where waiting would cost: a gate would open later than it otherwise would
(clause 1.3), the change acts at once, or what people are told is off comes before then.
Sign-in codes and letters do not go this way.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from notices.due import Routable
from notices.models import Delivery, QuietHours

# What is left of the day of notice when the quiet hours are over has to do for retries.
MARGIN = timedelta(hours=2)

# Of deliveries that would wait until a moment, those that must not.
_CANNOT_WAIT = """
SELECT said.id
FROM unnest(%(ids)s::bigint[], %(untils)s::timestamptz[]) AS said (id, until)
JOIN notices_delivery delivery ON delivery.id = said.id
JOIN notices_notice notice ON notice.id = delivery.notice_id
JOIN notices_expansion expansion ON expansion.id = notice.expansion_id
JOIN notices_servicechange change ON change.id = expansion.change_id
LEFT JOIN notices_leadpolicy policy ON policy.id = change.lead_policy_id
CROSS JOIN LATERAL (SELECT greatest(change.effective_at, change.postponed_until) AS moment) planned
WHERE change.at_once
   OR (expansion.phase IN ('postponed', 'withdrawn')
       AND change.effective_at > %(at)s AND change.effective_at < said.until)
   OR (expansion.phase = 'announced' AND EXISTS (
        SELECT FROM notices_noticeaccount about
        JOIN accounts_account account ON account.id = about.account_id
        WHERE about.notice_id = notice.id AND greatest(planned.moment, notices_opening(
            said.until + %(margin)s, policy.lead_days, about.time_zone, account.time_zone))
          > greatest(planned.moment, notices_opening(
            %(at)s, policy.lead_days, about.time_zone, account.time_zone))))
"""


def quiet_until(hours: QuietHours, *, at: datetime, zone: str) -> datetime | None:
    """When the quiet hours that hold at `at` in `zone` are over; None when none do."""
    local = at.astimezone(ZoneInfo(zone))
    begins, ends, clock = hours.begins, hours.ends, local.time()
    if begins < ends:
        return _at(local.date(), ends, zone) if begins <= clock < ends else None
    if clock >= begins:
        return _at(local.date() + timedelta(days=1), ends, zone)
    return _at(local.date(), ends, zone) if clock < ends else None


def _at(day: date, clock: time, zone: str) -> datetime:
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone))


def waiting(deliveries: Sequence[Routable], *, at: datetime) -> Mapping[int, datetime]:
    """Those that wait, by primary key, and until when. Three questions at most."""
    hours = {row.channel: row for row in QuietHours.objects.filter(in_force=True)}
    concerned = {one.pk: hours[one.channel] for one in deliveries if one.channel in hours}
    if not concerned:
        return {}
    zones = dict(
        Delivery.objects.filter(pk__in=concerned).values_list("pk", "notice__recipient__time_zone")
    )
    untils = {
        pk: until
        for pk, row in concerned.items()
        if (until := quiet_until(row, at=at, zone=zones[pk])) is not None
    }
    if not untils:
        return {}
    urgent = _cannot_wait(untils, at=at)
    return {pk: until for pk, until in untils.items() if pk not in urgent}


def _cannot_wait(untils: Mapping[int, datetime], *, at: datetime) -> set[int]:
    given: dict[str, Any] = {
        "ids": list(untils),
        "untils": list(untils.values()),
        "at": at,
        "margin": MARGIN,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CANNOT_WAIT, given)
        return {pk for (pk,) in cursor.fetchall()}
