"""A project that has nothing but django-hordak, to be compared with."""

import json
import os

SECRET_KEY = "benchmarks-only"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "mptt",
    "hordak",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        **json.loads(os.environ["BENCH_DATABASE"]),
    }
}
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
HORDAK_INTERNAL_CURRENCY = DEFAULT_CURRENCY = "CNY"
HORDAK_CURRENCIES = CURRENCIES = ["CNY"]
HORDAK_DECIMAL_PLACES = 6
HORDAK_MAX_DIGITS = 20
