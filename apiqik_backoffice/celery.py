"""The Celery application and its whole beat table.

Celery only wakes workers up: what is due is decided by rows in PostgreSQL, so a
lost or doubled message costs nothing and each task below is safe to run at any
time, any number of times.
"""

import os
from collections.abc import Collection
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apiqik_backoffice.settings.production")

app = Celery("apiqik_backoffice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Redis and Valkey give a message to another worker when the first has not answered for it
# after this long, be it alive or not. Several times the time limit of a task, so nothing
# that runs is given away. RabbitMQ's own limit is 30 minutes.
VISIBILITY_SECONDS = 900

# Task name -> seconds between two wake-ups.
BEAT_SCHEDULE: dict[str, float] = {
    "apiqik_backoffice.stamp_worker": 15,
    # How late an effect may be after its moment, at most; approvals wake it at once.
    "notices.take_effect": 5,
    # Who joined or left an announced audience; rules are looked at before each effect too.
    "notices.catch_up": 600,
    # Texts at providers, and alarms of what comes back or is held for too long.
    "notices.watch_providers": 120,
    # Once per account and version of an agreement.
    "accounts.record_continued_use": 3600,
    # Codes that somebody waits for, if the wake-up of one was lost.
    "accounts.send_codes": 10,
    # What gateways go by gets its number, if none of them read since.
    "accounts.number_changes": 15,
    # Entries of the enforcement feed older than thirty days.
    "accounts.forget_enforcement": 600,
    # Changes of phone whose waiting period is over.
    "accounts.look_after_recoveries": 60,
    # Counters of text messages whose time is over.
    "accounts.forget_message_counts": 3600,
    # What service tokens were used for more than half a year ago.
    "accounts.forget_token_uses": 3600,
    # API keys that end within two weeks: a letter, once of each.
    "accounts.tell_of_expiring_keys": 3600,
    # Label exemptions that end within 30 days, and within 7: a letter, once of each.
    "accounts.tell_of_expiring_exemptions": 3600,
    # Sign-ups that nobody finished, and minors who have come of age.
    "accounts.look_after_sign_ups": 3600,
    # Accounts whose people asked for it and thought it over; what was kept of them long enough.
    "accounts.close_due": 60,
    "accounts.erase_identities": 3600,
    # Gateways that are silent or behind: staff are told, of each once in four hours.
    "accounts.watch_gateways": 15,
    # Orders whose provider has not told us their end.
    "billing.ask_about_payments": 20,
    # Yesterday's statements of providers; does nothing once they were compared.
    "billing.reconcile_payments": 3600,
    # Totals of the ledger; a trial balance adds up by itself what they lack.
    "billing.roll_up": 300,
    # Evidence into signed blocks; what commits meanwhile is sealed a minute later.
    "common.seal": 60,
    # Letters about balances and refunds; the sweeper sees to it that they are sent.
    "billing.tell": 30,
    # Granted credit whose day has come, or comes within a week.
    "billing.expire_credit": 600,
    # Orders about content that are late or failed: staff are told once a day of each.
    "compliance.alarm_orders": 300,
    # Deadlines of cases; does nothing unless the working-day calendar changed.
    "compliance.keep_due_dates": 60,
    # Questions to customers whose day has passed, or comes within a working day.
    "compliance.look_after_inquiries": 60,
    # Accounts that are closed within three days: their people are reminded once.
    "notices.remind_of_closings": 600,
    # What became of messages, by minute and hour, for staff's page of sending.
    "notices.tally": 15,
    # Everything whose wake-up was lost with a broker, messages in doubt or without receipts,
    # gates whose figures are old; each kind once a period (notices.sweeps).
    "notices.sweep": 20,
}


def beat_schedule(*, without: Collection[str] = ()) -> dict[str, dict[str, Any]]:
    """Return the table in Celery's form, less the tasks named in `without`.

    A wake-up that waited for longer than its period is dropped: the next one
    does the same work. Raises ImproperlyConfigured for a name that is not in the table.
    """
    unknown = sorted(set(without) - set(BEAT_SCHEDULE))
    if unknown:
        raise ImproperlyConfigured(f"CELERY_BEAT_WITHOUT names no timed task: {', '.join(unknown)}")
    return {
        name: {
            "task": name,
            "schedule": seconds,
            "options": {"expires": max(seconds, 30)},
        }
        for name, seconds in BEAT_SCHEDULE.items()
        if name not in without
    }


def broker_transport_options(url: str) -> dict[str, Any]:
    """Return how long to wait for the broker of that address.

    A page that publishes must not wait for a dead one. Redis and Valkey know the socket
    timeouts and the visibility time, RabbitMQ the confirmation.
    """
    if url.startswith(("amqp", "pyamqp")):
        return {
            "confirm_publish": True,
            "connect_timeout": 1.5,
            "read_timeout": 10,
            "write_timeout": 1.5,
            "max_retries": 0,
        }
    return {
        "socket_connect_timeout": 1.5,
        "socket_timeout": 1.5,
        "max_retries": 0,
        "visibility_timeout": VISIBILITY_SECONDS,
    }


@app.task(name="apiqik_backoffice.stamp_worker")
def stamp_worker() -> None:
    """Record that a worker is alive and reaches the database."""
    from common.models import Heartbeat

    Heartbeat.stamp("worker")


@setup_logging.connect
def _keep_our_logging(**_: object) -> None:
    """Celery sets up logging of its own unless somebody answers this signal."""
