"""Waking workers up: after commit, at most one message per kind, and never a failure.

The rows are the truth; a message only makes their processing prompt. If the broker
is away the wake-up is dropped with a log line, and the sweeper in the beat table
finds the rows.
"""

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from common.models import Wakeup

# How long a request may wait for a broker that took the message and then says nothing.
CONFIRM_SECONDS = 1.5

log = structlog.get_logger(__name__)


def wake(task_name: str) -> None:
    """Asks for the task of that name to run once the current transaction commits."""
    transaction.on_commit(lambda: _publish(task_name))


def _publish(task_name: str) -> None:
    if not Wakeup.claim(task_name):
        return
    try:
        current_app.send_task(
            task_name, ignore_result=True, retry=False, confirm_timeout=CONFIRM_SECONDS
        )
    except (OperationalError, OSError) as error:
        # The claim stays: while the broker is away, one caller in half a minute waits for
        # its time-out, and nobody else.
        log.warning("wakeup_dropped", task=task_name, error=type(error).__name__)
