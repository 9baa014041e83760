"""The product's Celery application, which also writes down each task as it begins and ends.

The worker of `Crew` runs this one: the product's own log is silent about tasks that go well.
"""

import json
import os
import time
from typing import Any

from celery.signals import task_postrun, task_prerun

from apiqik_backoffice.celery import app

__all__ = ["app"]


@task_prerun.connect
def _began(task: Any, **_: object) -> None:
    _write("began", task.name)


@task_postrun.connect
def _ended(task: Any, state: str, **_: object) -> None:
    _write("ended" if state == "SUCCESS" else "failed", task.name)


def _write(event: str, task: str) -> None:
    line = json.dumps({"event": event, "task": task, "pid": os.getpid(), "at": time.time()})
    descriptor = os.open(os.environ["WATCHED_TASKS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)
