"""Telling staff that gates are at risk, by e-mail, at most once a day for each change
unless more accounts are concerned than before."""

from datetime import datetime, timedelta
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import staff_alarms
from accounts.models import User
from notices.models import Alarm, ServiceChange
from notices.standings import at_risk

AGAIN_AFTER = timedelta(days=1)
PERMISSION = "notices.act_on_gateatrisk"


def due(*, at: datetime) -> list[tuple[ServiceChange, int]]:
    """Changes staff should be told of, with how many of their gates are at risk."""
    found = []
    changes = ServiceChange.objects.filter(pk__in=at_risk().values("change")).order_by("pk")
    for change in changes:
        count = change.at_risk.count()
        last = change.alarms.order_by("-pk").first()
        if last is None or count > last.accounts or at - last.recorded_at > AGAIN_AFTER:
            found.append((change, count))
    return found


def written_for(person: User, change: ServiceChange, count: int) -> tuple[str, str]:
    """Subject and text of the alarm, in the language of the moment."""
    page = staff_alarms.address_of(reverse("admin:notices_gateatrisk_changelist"))
    subject = ngettext(
        "%(count)d account of “%(change)s” is at risk",
        "%(count)d accounts of “%(change)s” are at risk",
        count,
    ) % {"count": count, "change": change.title_in(person.language)}
    text = _(
        "They cannot be proven to have been told in time, so the change will not reach "
        "them when planned. Unless you do something, each is put off to the moment its "
        "own notice allows.\n\n%(url)s?change__id__exact=%(number)d\n"
    ) % {"url": page, "number": change.pk}
    return subject, text


def raise_all(*, at: datetime) -> int:
    """Sends what is due and records that it was; the number of changes."""
    raised, people = 0, staff_alarms.people_to_tell(PERMISSION)
    for change, count in due(at=at):
        written = partial(written_for, change=change, count=count)
        if staff_alarms.send(people, written, about=change.public_id):
            Alarm.record(change=change, accounts=count, told=len(people))
            raised += 1
    return raised
