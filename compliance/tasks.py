"""The jobs. Each calls verbs; rows in the database say what there is to do."""

from celery import shared_task

from common.clock import now
from common.turns import BACKGROUND, in_turn
from compliance import due_dates, inquiries, order_alarms


@shared_task(name="compliance.alarm_orders")
@in_turn("compliance.alarm_orders", lane=BACKGROUND)
def alarm_orders() -> int:
    """Tells staff of orders about content that are late or failed."""
    return order_alarms.raise_all(at=now())


@shared_task(name="compliance.keep_due_dates")
@in_turn("compliance.keep_due_dates", lane=BACKGROUND)
def keep_due_dates() -> int:
    """Brings the due dates of cases up to the working-day calendar, if that changed."""
    return due_dates.keep_up(at=now())


@shared_task(name="compliance.look_after_inquiries")
@in_turn("compliance.look_after_inquiries", lane=BACKGROUND)
def look_after_inquiries() -> dict[str, int]:
    """Goes on with cases whose customers let the day pass; reminds those whose day is near."""
    moment = now()
    return {
        "went_on": inquiries.stop_waiting(at=moment),
        "reminded": inquiries.remind(at=moment),
    }
