"""Telling staff by e-mail that much comes back from a provider, or that messages wait past
their lead.

5% of what a provider was handed within a day coming back for good is a warning, 10% is
critical, as mailbox providers begin to block a sender there; below `MINIMUM` nothing is said.
What is held (`notices.routing`) is never held past its lead in silence: a day before, and
again each day, staff who may switch providers are told.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import staff_alarms
from accounts.models import User
from notices.models import ProviderUse, RoutingAlarm, ServiceChange, Suppression

Level = RoutingAlarm.Level
WITHIN = timedelta(days=1)
WARNING, CRITICAL = 0.05, 0.10
MINIMUM = 500
"""Handed over within a day; of fewer, a handful of old addresses would be an alarm."""
AGAIN_AFTER = timedelta(days=1)
AHEAD = timedelta(days=1)
PERMISSION = "notices.add_killswitch"
SEVERITY = {Level.WARNING: 1, Level.CRITICAL: 2, Level.HELD: 1}

# Announced changes of which deliveries are held that would not be sent in time, even if
# they were freed a day from now.
_HELD = """
SELECT change.id, count(DISTINCT delivery.id)
FROM notices_delivery delivery
JOIN notices_expansion expansion ON expansion.id = delivery.expansion_id
JOIN notices_servicechange change ON change.id = expansion.change_id
JOIN notices_leadpolicy policy ON policy.id = change.lead_policy_id
JOIN notices_noticeaccount about ON about.notice_id = delivery.notice_id
JOIN accounts_account account ON account.id = about.account_id
WHERE delivery.state IN ('pending', 'retrying') AND delivery.held_by <> ''
  AND delivery.held_by <> 'quiet_hours' AND NOT change.at_once
  AND expansion.phase = 'announced'
  AND change.state IN ('announcing', 'announced', 'taking_effect')
  AND notices_opening(greatest(delivery.not_before, %(at)s + %(ahead)s), policy.lead_days,
                      about.time_zone, account.time_zone)
      > greatest(change.effective_at, change.postponed_until)
GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True)
class Finding:
    """What staff are to be told of: a provider, or a change by its identifier."""

    level: str
    subject: str
    sent: int
    concerned: int
    change: ServiceChange | None = None


def coming_back(*, at: datetime) -> Iterator[Finding]:
    """Providers of which too much came back within a day."""
    since = at - WITHIN
    sent = dict(
        ProviderUse.objects.filter(hour__gt=since)
        .values("provider")
        .annotate(number=Sum("submitted"))
        .values_list("provider", "number")
    )
    returned = dict(
        Suppression.objects.filter(recorded_at__gt=since, source=Suppression.Source.HARD_BOUNCE)
        .values("provider")
        .annotate(number=Count("pk"))
        .values_list("provider", "number")
    )
    for provider, number in sorted(sent.items()):
        share = returned.get(provider, 0) / number if number >= MINIMUM else 0
        if share >= WARNING:
            level = Level.CRITICAL if share >= CRITICAL else Level.WARNING
            yield Finding(level, provider, number, returned[provider])


def held_past_lead(*, at: datetime) -> Iterator[Finding]:
    """Changes of which messages are held and would come too late."""
    given: dict[str, Any] = {"at": at, "ahead": AHEAD}
    with connection.cursor() as cursor:
        cursor.execute(_HELD, given)
        counts = dict(cursor.fetchall())
    for change in ServiceChange.objects.filter(pk__in=counts).order_by("pk"):
        yield Finding(Level.HELD, change.public_id, 0, counts[change.pk], change)


def due(*, at: datetime) -> list[Finding]:
    """What staff have not been told of within a day, or only of something less severe."""
    found = [*coming_back(at=at), *held_past_lead(at=at)]
    return [finding for finding in found if not _told(finding, at=at)]


def _told(finding: Finding, *, at: datetime) -> bool:
    alarms = RoutingAlarm.objects.filter(subject=finding.subject, recorded_at__gt=at - AGAIN_AFTER)
    return any(SEVERITY[Level(alarm.level)] >= SEVERITY[Level(finding.level)] for alarm in alarms)


def written_for(person: User, finding: Finding) -> tuple[str, str]:
    """Subject and text, in the language of the moment."""
    if finding.change is not None:
        return _of_held(person, finding, finding.change)
    share = f"{100 * finding.concerned / finding.sent:.1f}%"
    subject = (
        _("Critical: %(share)s of what %(provider)s was handed comes back")
        if finding.level == Level.CRITICAL
        else _("%(share)s of what %(provider)s was handed comes back")
    ) % {"share": share, "provider": finding.subject}
    page = staff_alarms.address_of(reverse("admin:notices_suppression_changelist"))
    text = _(
        "Within a day it was handed %(sent)d messages, and %(returned)d addresses came back "
        "for good. Look for the cause: a list of old addresses, or a mistake at the provider, "
        "in which case lift the suppressions. The provider may be switched off meanwhile."
        "\n\n%(url)s\n"
    ) % {"sent": finding.sent, "returned": finding.concerned, "url": page}
    return subject, text


def _of_held(person: User, finding: Finding, change: ServiceChange) -> tuple[str, str]:
    subject = ngettext(
        "%(count)d message about “%(change)s” waits and will be late",
        "%(count)d messages about “%(change)s” wait and will be late",
        finding.concerned,
    ) % {"count": finding.concerned, "change": change.title_in(person.language)}
    page = staff_alarms.address_of(reverse("admin:notices_delivery_changelist"))
    text = _(
        "A limit, a kill switch or a missing text at the provider holds them. Unless they go "
        "within a day, the change will not reach these people when planned.\n\n"
        "%(url)s?notice__expansion__change__id__exact=%(number)d\n"
    ) % {"url": page, "number": change.pk}
    return subject, text


def raise_all(*, at: datetime) -> int:
    """Sends what is due and records that it was; how many alarms that were."""
    raised, people = 0, staff_alarms.people_to_tell(PERMISSION)
    for finding in due(at=at):
        written = partial(written_for, finding=finding)
        if staff_alarms.send(people, written, about=finding.subject):
            RoutingAlarm.record(
                level=finding.level,
                subject=finding.subject,
                sent=finding.sent,
                concerned=finding.concerned,
                told=len(people),
            )
            raised += 1
    return raised
