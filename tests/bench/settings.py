"""The back office as it runs, on the benchmarks' database."""

import json
import os

for name in (
    "ENV_FILE",
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "EMAIL_URL",
    "SMS_URL",
    "MESSAGE_PROVIDERS",
    "SITE_URL",
):
    os.environ[name] = os.devnull if name == "ENV_FILE" else ""
os.environ["EMAIL_URL"] = "memorymail://"

from apiqik_backoffice.settings.base import *  # noqa: E402,F403 -- layered by import
from apiqik_backoffice.settings.base import BASE_DIR, DATABASES  # noqa: E402

SECRET_KEY = "benchmarks-only-" + "b" * 50
FIELD_ENCRYPTION_KEYS = {"benchmarks": b"b" * 32}
SEAL_KEYS = {"benchmarks": b"s" * 32}
ENFORCEMENT_KEYS = {"benchmarks": b"e" * 32}
ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
SITE_URL = "http://testserver"
BIND_ADDRESS = "127.0.0.1"
PORT = int(os.environ.get("BENCH_PORT", "0"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = BASE_DIR / "apiqik_backoffice" / "static"
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
# Where, and as whom; the rest (limits, lasting connections) is as the product has it.
DATABASES["default"].update(json.loads(os.environ["BENCH_DATABASE"]))
