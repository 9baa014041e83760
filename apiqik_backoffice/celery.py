"""The Celery application and its whole beat table.

Celery only wakes workers up: what is due is decided by rows in PostgreSQL, so a
lost or doubled message costs nothing and each task below is safe to run at any
time, any number of times.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apiqik_backoffice.settings.production")

app = Celery("apiqik_backoffice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
