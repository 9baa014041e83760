"""Telling staff that gates are at risk, by e-mail, at most once a day for each change
unless more accounts are concerned than before."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.models import User
from notices.models import Alarm, ServiceChange
from notices.standings import at_risk

log = structlog.get_logger(__name__)

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


def people_to_tell() -> list[User]:
    """Active staff who may act on it and have a verified address."""
    staff = User.objects.filter(
        is_active=True, is_staff=True, contact_email_verified_at__isnull=False
    ).exclude(contact_email="")
    return [person for person in staff if person.has_perm(PERMISSION)]


def message_for(person: User, change: ServiceChange, count: int) -> EmailMessage:
    """The alarm in the person's language."""
    page = settings.SITE_URL.rstrip("/") + reverse("admin:notices_gateatrisk_changelist")
    with override(person.language):
        subject = ngettext(
            "%(count)d account of “%(change)s” is at risk",
            "%(count)d accounts of “%(change)s” are at risk",
            count,
        ) % {"count": count, "change": change.title_in(person.language)}
        body = _(
            "They cannot be proven to have been told in time, so the change will not reach "
            "them when planned. Unless you do something, each is put off to the moment its "
            "own notice allows.\n\n%(url)s?change__id__exact=%(number)d\n"
        ) % {"url": page, "number": change.pk}
    return EmailMessage(subject=" ".join(subject.split()), body=body, to=[person.contact_email])


def raise_all(*, at: datetime) -> int:
    """Sends what is due and records that it was; the number of changes.

    A mail server that is away leaves the alarm unrecorded, and it is tried again.
    """
    raised, people = 0, people_to_tell()
    for change, count in due(at=at):
        messages = [message_for(person, change, count) for person in people]
        try:
            get_connection().send_messages(messages)
        except OSError as error:
            log.warning("alarm_not_sent", change=change.public_id, error=type(error).__name__)
            continue
        Alarm.record(change=change, accounts=count, told=len(messages))
        raised += 1
    return raised
