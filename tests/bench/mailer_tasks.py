"""One Celery task per message, as tutorials have it: what is measured beside ours."""

import os

import django
from celery import Celery

django.setup()
app = Celery("mailer", broker=os.environ.get("BENCH_BROKER", ""))
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_hijack_root_logger=False)


@app.task
def send_one(address: str, subject: str, text: str, html: str) -> None:
    from tests.bench.mailer import _email

    assert _email((address, subject, text, html, b"")).send() == 1
