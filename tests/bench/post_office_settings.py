"""A project that has nothing but django-post_office, to be compared with."""

import json
import os

SECRET_KEY = "benchmarks-only"
INSTALLED_APPS = ["django.contrib.contenttypes", "post_office"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        **json.loads(os.environ["BENCH_DATABASE"]),
    }
}
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates"},
    {"BACKEND": "post_office.template.backends.post_office.PostOfficeTemplates"},
]
EMAIL_BACKEND = "post_office.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ["BENCH_SMTP"])
DEFAULT_FROM_EMAIL = "apiqik <no-reply@example.com>"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Its cheapest: nothing is logged, no cache, as many at once as our batch.
POST_OFFICE = {"LOG_LEVEL": 0, "BATCH_SIZE": 500, "CELERY_ENABLED": False}
