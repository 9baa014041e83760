"""Telling staff that gates are at risk, or that a change is for nobody, by e-mail, at most once
a day for each change unless more accounts are concerned than before."""

from datetime import datetime, timedelta
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import staff_alarms
from accounts.models import User
from notices.models import Alarm, ServiceChange
from notices.standings import at_risk, empty_audiences

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


def written_of_nobody(person: User, change: ServiceChange) -> tuple[str, str]:
    """The same of a change that turned out to be for nobody."""
    page = staff_alarms.address_of(reverse("admin:notices_servicechange_change", args=[change.pk]))
    title = change.title_in(person.language)
    subject = _("“%(change)s” is for nobody") % {"change": title}
    text = _(
        "No account fits its audience, or none of those it is for has anybody to tell. It stays "
        "announcing until somebody comes to fit, or until you withdraw it.\n\n%(url)s\n"
    ) % {"url": page}
    return subject, text


def raise_empty(*, at: datetime) -> int:
    """Tells staff of changes that are for nobody, and records that it did; the number of
    those they were told of."""
    raised, people = 0, staff_alarms.people_to_tell(PERMISSION)
    for change in empty_audiences().order_by("pk"):
        last = change.alarms.order_by("-pk").first()
        if last is not None and at - last.recorded_at <= AGAIN_AFTER:
            continue
        written = partial(written_of_nobody, change=change)
        if staff_alarms.send(people, written, about=change.public_id):
            Alarm.record(change=change, accounts=0, told=len(people))
            raised += 1
    return raised
