"""Telling staff of orders that are late or failed, by e-mail, of each once a day."""

from datetime import datetime, timedelta
from functools import partial

from django.db.models import Max, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import staff_alarms
from accounts.models import User
from compliance import orders
from compliance.models import ContentOrder, ContentOrderAlarm

AGAIN_AFTER = timedelta(days=1)
PERMISSION = "compliance.propose_decision"
MOST_AT_ONCE = 100


def due(*, at: datetime) -> list[ContentOrder]:
    """Orders staff should be told of now."""
    waiting = orders.for_staff(at).annotate(last_told=Max("alarms__recorded_at"))
    untold = Q(last_told=None) | Q(last_told__lte=at - AGAIN_AFTER)
    return list(waiting.filter(untold).order_by("due_at", "pk")[:MOST_AT_ONCE])


def written_for(_person: User, order: ContentOrder) -> tuple[str, str]:
    """Subject and text of the alarm, in the language of the moment; of the order its number
    only."""
    page = reverse("admin:compliance_contentorder_change", args=[order.pk])
    subject = _("Order %(order)s to the platform is late or failed") % {"order": order}
    text = _(
        "Ask the platform what holds it up, or send another order in its place.\n\n%(url)s\n"
    ) % {"url": staff_alarms.address_of(page)}
    return subject, text


def raise_all(*, at: datetime) -> int:
    """Sends what is due and records that it was; the number of orders."""
    raised, people = 0, staff_alarms.people_to_tell(PERMISSION)
    for order in due(at=at):
        written = partial(written_for, order=order)
        if staff_alarms.send(people, written, about=order.public_id):
            ContentOrderAlarm.record(order=order, told=len(people))
            raised += 1
    return raised
