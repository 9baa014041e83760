"""The project: settings, addresses, the Celery application and the staff site."""

from apiqik_backoffice.celery import app as celery_app

__all__ = ["celery_app"]
