"""Settings that hold everywhere. Each value from outside comes through `env`.

Every variable is described in `.env.example`.
"""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from apiqik_backoffice.celery import beat_schedule, broker_transport_options
from apiqik_backoffice.embedded.valkey import ValkeyServer
from apiqik_backoffice.log_redaction import logging_settings
from apiqik_backoffice.settings.databases import databases
from apiqik_backoffice.settings.environment import CHECKOUT, env
from apiqik_backoffice.settings.keys import field_encryption_keys, keys_of
from apiqik_backoffice.settings.message_providers import (
    MESSAGE_TOYS_ALLOWED as MESSAGE_TOYS_ALLOWED,
)
from apiqik_backoffice.settings.message_providers import completed, named, receipt_paths

# Lets classes such as QuerySet and ModelForm be written with their types, QuerySet[User].
django_stubs_ext.monkeypatch()

BASE_DIR = CHECKOUT
# Everything that is written at run time: embedded servers, logs, outbox.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

DEBUG = False
DEMO = env.bool("DEMO", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
FIELD_ENCRYPTION_KEYS = field_encryption_keys(env.list("FIELD_ENCRYPTION_KEYS", default=[]))
# Sign the blocks that evidence is sealed in, and check them (common.seals.keys).
SEAL_KEYS = keys_of("SEAL_KEYS", env.list("SEAL_KEYS", default=[]))
SEAL_PUBLIC_KEYS = keys_of("SEAL_PUBLIC_KEYS", env.list("SEAL_PUBLIC_KEYS", default=[]))
SEAL_ANCHORS = env.str("SEAL_ANCHORS", default="") or str(VAR_DIR / "seals" / "anchors.log")
# Sign what gateways read (docs/enforcement.md): the first one; readers know the others too.
ENFORCEMENT_KEYS = keys_of("ENFORCEMENT_KEYS", env.list("ENFORCEMENT_KEYS", default=[]))
# For how many seconds a gateway may go by what it has without having asked.
ENFORCEMENT_MAX_STALENESS = env.int("ENFORCEMENT_MAX_STALENESS", default=30)
# Readers of the feed that wait for its next entry, in each process of the web server.
ENFORCEMENT_WAITERS = env.int("ENFORCEMENT_WAITERS", default=8)

SITE_URL = env.str("SITE_URL", default="")
# How long strikes count, and how long a decision may be appealed against, in days.
STRIKES_COUNT_FOR_DAYS = env.int("STRIKES_COUNT_FOR_DAYS", default=365)
APPEALS_WITHIN_DAYS = env.int("APPEALS_WITHIN_DAYS", default=184)
# How long a request to close an account can be thought over, and how long the law has us
# keep who a person was after it, in whole days (docs/leaving.md).
COOLING_OFF_DAYS = env.int("COOLING_OFF_DAYS", default=15)
KEPT_IDENTITY_DAYS = env.int("KEPT_IDENTITY_DAYS", default=3 * 366)
# What the platform is called: names of accounts must not look like it (1.2.5).
PLATFORM_NAMES = env.list("PLATFORM_NAMES", default=["apiqik"])
BIND_ADDRESS = env.str("BIND_ADDRESS", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "apiqik_backoffice.apps.BackOfficeConfig",
    "compliance",
    "billing.apps.BillingConfig",
    "notices.apps.NoticesConfig",
    "accounts.apps.AccountsConfig",
    "common.apps.CommonConfig",
    "apiqik_backoffice.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "simple_history",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "django_structlog",
]

MIDDLEWARE = [
    "common.api.lane.MachineLane",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.pages.middleware.PersonalSettingsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.pages.middleware.RateLimitMiddleware",
    "accounts.pages.middleware.GuardianMiddleware",
    "accounts.pages.activity.ActivityMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]

ROOT_URLCONF = "apiqik_backoffice.urls"
WSGI_APPLICATION = "apiqik_backoffice.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["apiqik_backoffice.formats"]
PHONE_DEFAULT_REGION = "CN"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        # What people upload is personal: readable by the server's user alone.
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = VAR_DIR / "media"

DATABASES = databases(env, VAR_DIR)
# Counters of sign-in attempts live here, shared by all processes. In the
# database and not in the broker: signing in must work while the broker is away.
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entries",
        # Beyond this many, counters are thrown away: so many that nobody gets rid of theirs
        # by asking from many addresses.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="") or ValkeyServer(VAR_DIR).broker_url
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker for ever
CELERY_BROKER_CONNECTION_TIMEOUT = 1.5
CELERY_BROKER_TRANSPORT_OPTIONS = broker_transport_options(CELERY_BROKER_URL)
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300  # far below the visibility time, so nothing runs twice at once
CELERY_TASK_DEFAULT_QUEUE = "apiqik"
# One process for each lane of jobs that take turns (common.turns) and one for the rest.
CELERY_WORKER_CONCURRENCY = env.int("WORKER_CONCURRENCY", default=6)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BEAT_SCHEDULE = beat_schedule(without=env.list("CELERY_BEAT_WITHOUT", default=[]))
CELERY_BEAT_SCHEDULER = "apiqik_backoffice.beat:HeartbeatScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_TIMEZONE = TIME_ZONE

OUTBOX_DIR = Path(env.str("OUTBOX_DIR", default=str(VAR_DIR / "outbox")))
_email = env.email_url("EMAIL_URL", default=f"filemail:///{OUTBOX_DIR / 'email'}")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_FILE_PATH = BASE_DIR / _email["EMAIL_FILE_PATH"]
EMAIL_HOST = _email["EMAIL_HOST"] or "localhost"
EMAIL_PORT = _email["EMAIL_PORT"] or 25
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = bool(_email.get("EMAIL_USE_TLS", False))
EMAIL_USE_SSL = bool(_email.get("EMAIL_USE_SSL", False))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="apiqik <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MESSAGE_PROVIDERS: dict[str, Any] = completed(
    named,
    email=_email,
    sms_url=env.str("SMS_URL", default="") or f"file://{OUTBOX_DIR / 'sms'}",
)
# In yuan, for the cost of a change before it is approved; without it only segments are shown.
SMS_PRICE_PER_SEGMENT = env("SMS_PRICE_PER_SEGMENT", cast=Decimal, default=None)

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    # Strength, not composition: no kind of character is demanded (1.2.4 recommends it).
    {"NAME": "accounts.password_strength.StrengthValidator"},
]
STAFF_SESSION_IDLE_SECONDS = env.int("STAFF_SESSION_IDLE_SECONDS", default=30 * 60)
STAFF_SESSION_ABSOLUTE_SECONDS = env.int("STAFF_SESSION_ABSOLUTE_SECONDS", default=12 * 3600)
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOG_FORMAT = env.str("LOG_FORMAT", default="json")
LOGGING = logging_settings(level=LOG_LEVEL, form=LOG_FORMAT)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# Addresses of people are personal; who did what is in the record, not in the log.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False

from apiqik_backoffice.settings.api import *  # noqa: E402,F403 -- one subject, one file
from apiqik_backoffice.settings.api import MACHINE_PATHS  # noqa: E402
from apiqik_backoffice.settings.login_providers import form_origins  # noqa: E402
from apiqik_backoffice.settings.messages import *  # noqa: E402,F403 -- one subject, one file
from apiqik_backoffice.settings.organizations import *  # noqa: E402,F403 -- one subject, one file
from apiqik_backoffice.settings.payments import (  # noqa: E402
    PAYMENT_PROVIDERS as PAYMENT_PROVIDERS,
)
from apiqik_backoffice.settings.payments import (  # noqa: E402
    PAYMENT_TOYS_ALLOWED as PAYMENT_TOYS_ALLOWED,
)
from apiqik_backoffice.settings.receipts import *  # noqa: E402,F403 -- one subject, one file
from apiqik_backoffice.settings.sign_in import *  # noqa: E402,F403 -- one subject, one file
from apiqik_backoffice.settings.sign_in import LOGIN_PROVIDERS  # noqa: E402

CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] = [SELF, *form_origins(LOGIN_PROVIDERS)]
MACHINE_PATHS = [*MACHINE_PATHS, *receipt_paths(MESSAGE_PROVIDERS)]
