"""Settings of the tests: nothing from outside matters, nothing leaves the process.

The database is pointed at a fresh copy by tests/plumbing.
"""

import os

for name in (
    "ENV_FILE",
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "EMAIL_URL",
    "SMS_URL",
    "MESSAGE_PROVIDERS",
    "SITE_URL",
    "PAYMENT_PROVIDERS",
    "LOGIN_PROVIDERS",
):
    os.environ[name] = os.devnull if name == "ENV_FILE" else ""
    if name == "EMAIL_URL":
        os.environ[name] = "memorymail://"

from apiqik_backoffice.log_redaction import logging_settings  # noqa: E402
from apiqik_backoffice.settings.base import *  # noqa: E402,F403 -- layered by import
from apiqik_backoffice.settings.base import MACHINE_PATHS, VAR_DIR  # noqa: E402
from apiqik_backoffice.settings.payments import callback_paths, loopback  # noqa: E402

SECRET_KEY = "testing-only-" + "t" * 50
FIELD_ENCRYPTION_KEYS = {"testing": b"t" * 32}
SEAL_KEYS = {"testing": b"s" * 32}
ENFORCEMENT_KEYS = {"testing": b"e" * 32, "before": b"f" * 32}
SEAL_ANCHORS = str(VAR_DIR / "seals-of-tests" / f"{os.getpid()}.log")
DEMO = False
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
SITE_URL = "http://testserver"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
MESSAGE_TOYS_ALLOWED = True
PAYMENT_TOYS_ALLOWED = True
PAYMENT_PROVIDERS = loopback(VAR_DIR / "test-loopback", "the new secret")
PAYMENT_PROVIDERS["loopback"]["secrets"].append("the old secret")
MACHINE_PATHS = [*MACHINE_PATHS, *callback_paths(PAYMENT_PROVIDERS)]
LOGGING = logging_settings(level="WARNING", form="console")
# Static files are found where they are written, without `collectstatic`.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
