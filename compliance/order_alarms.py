"""Telling staff of orders that are late or failed, by e-mail, of each once a day."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import Max, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from compliance import orders
from compliance.models import ContentOrder, ContentOrderAlarm

log = structlog.get_logger(__name__)

AGAIN_AFTER = timedelta(days=1)
PERMISSION = "compliance.propose_decision"
MOST_AT_ONCE = 100


def due(*, at: datetime) -> list[ContentOrder]:
    """Orders staff should be told of now."""
    waiting = orders.for_staff(at).annotate(last_told=Max("alarms__recorded_at"))
    untold = Q(last_told=None) | Q(last_told__lte=at - AGAIN_AFTER)
    return list(waiting.filter(untold).order_by("due_at", "pk")[:MOST_AT_ONCE])


def people_to_tell() -> list[User]:
    """Active staff who propose decisions and have a verified address."""
    staff = User.objects.filter(
        is_active=True, is_staff=True, contact_email_verified_at__isnull=False
    ).exclude(contact_email="")
    return [person for person in staff if person.has_perm(PERMISSION)]


def message_for(person: User, order: ContentOrder) -> EmailMessage:
    """The alarm in the person's language; of the order its number only."""
    page = reverse("admin:compliance_contentorder_change", args=[order.pk])
    with override(person.language):
        subject = _("Order %(order)s to the platform is late or failed") % {"order": order}
        body = _(
            "Ask the platform what holds it up, or send another order in its place.\n\n%(url)s\n"
        ) % {"url": settings.SITE_URL.rstrip("/") + page}
    return EmailMessage(subject=subject, body=body, to=[person.contact_email])


def raise_all(*, at: datetime) -> int:
    """Sends what is due and records that it was; the number of orders.

    A mail server that is away leaves the alarm unrecorded, and it is tried again.
    """
    raised, people = 0, people_to_tell()
    for order in due(at=at):
        messages = [message_for(person, order) for person in people]
        try:
            get_connection().send_messages(messages)
        except OSError as error:
            log.warning("alarm_not_sent", order=order.public_id, error=type(error).__name__)
            continue
        ContentOrderAlarm.record(order=order, told=len(messages))
        raised += 1
    return raised
