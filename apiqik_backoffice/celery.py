"""The Celery application and its whole beat table.

Celery only wakes workers up: what is due is decided by rows in PostgreSQL, so a
lost or doubled message costs nothing and each task below is safe to run at any
time, any number of times.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apiqik_backoffice.settings.production")

app = Celery("apiqik_backoffice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Task name -> seconds between two wake-ups.
BEAT_SCHEDULE: dict[str, float] = {
    "apiqik_backoffice.stamp_worker": 15,
    # How late an effect may be after its moment, at most; approvals wake it at once.
    "notices.take_effect": 5,
    # Everything whose wake-up was lost with a broker.
    "notices.sweep": 20,
}


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Return the table in Celery's form.

    A wake-up that waited for longer than its period is dropped: the next one
    does the same work.
    """
    return {
        name: {
            "task": name,
            "schedule": seconds,
            "options": {"expires": max(seconds, 30)},
        }
        for name, seconds in BEAT_SCHEDULE.items()
    }


@app.task(name="apiqik_backoffice.stamp_worker")
def stamp_worker() -> None:
    """Record that a worker is alive and reaches the database."""
    from common.models import Heartbeat

    Heartbeat.stamp("worker")


@setup_logging.connect
def _keep_our_logging(**_: object) -> None:
    """Celery sets up logging of its own unless somebody answers this signal."""
