"""What a real installation may not start with."""

import json
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from apiqik_backoffice.settings.keys import field_encryption_keys, keys_of

DEVELOPMENT_SECRET = "development-only-" + "x" * 50
SHORTEST_SECRET = 50
TRUE_WORDS = {"true", "on", "ok", "y", "yes", "1"}

Values = Mapping[str, str]
Rule = Callable[[Values], Iterator[str]]


def problems(values: Values) -> list[str]:
    """Return one sentence per missing or unsafe value, each beginning with its name.

    `values` maps each name of VARIABLES to what is written there, "" if nothing.
    """
    return [sentence for rule in RULES for sentence in rule(values)]


def _secrets(values: Values) -> Iterator[str]:
    secret = values["SECRET_KEY"]
    if not secret:
        yield "SECRET_KEY is missing."
    elif secret == DEVELOPMENT_SECRET:
        yield "SECRET_KEY is the one of development, which everybody knows."
    elif len(secret) < SHORTEST_SECRET or len(set(secret)) < 10 or "insecure" in secret:
        yield f"SECRET_KEY is too easy to guess: use {SHORTEST_SECRET} random characters or more."
    if not values["FIELD_ENCRYPTION_KEYS"]:
        yield "FIELD_ENCRYPTION_KEYS is missing."
        return
    try:
        field_encryption_keys(values["FIELD_ENCRYPTION_KEYS"].split(","))
    except ImproperlyConfigured as error:
        yield str(error)


def _seals(values: Values) -> Iterator[str]:
    if not values["SEAL_KEYS"] and not values["SEAL_PUBLIC_KEYS"]:
        # One of the two: where nothing is sealed, public keys do.
        yield "SEAL_KEYS is missing."
    for name in ("SEAL_KEYS", "SEAL_PUBLIC_KEYS"):
        try:
            keys_of(name, values[name].split(",") if values[name] else [])
        except ImproperlyConfigured as error:
            yield str(error)


def _enforcement(values: Values) -> Iterator[str]:
    written = values["ENFORCEMENT_KEYS"]
    if not written:
        yield "ENFORCEMENT_KEYS is missing."
    try:
        keys_of("ENFORCEMENT_KEYS", written.split(",") if written else [])
    except ImproperlyConfigured as error:
        yield str(error)


def _switches(values: Values) -> Iterator[str]:
    for name in ("DEBUG", "DEMO"):
        if values[name].lower() in TRUE_WORDS:
            yield f"{name} must be off."


def _hosts(values: Values) -> Iterator[str]:
    hosts = [host.strip() for host in values["ALLOWED_HOSTS"].split(",") if host.strip()]
    if not hosts:
        yield "ALLOWED_HOSTS is missing."
    if any(host in {"*", "."} for host in hosts):
        yield "ALLOWED_HOSTS must name the hosts: * lets anybody choose one."
    if not values["SITE_URL"]:
        yield "SITE_URL is missing."
    elif urlsplit(values["SITE_URL"]).scheme != "https":
        yield "SITE_URL must begin with https://."
    for origin in values["CSRF_TRUSTED_ORIGINS"].split(","):
        if origin.strip() and urlsplit(origin.strip()).scheme != "https":
            yield "CSRF_TRUSTED_ORIGINS must hold https:// origins only."


def _databases(values: Values) -> Iterator[str]:
    for name in ("DATABASE_URL", "OWNER_DATABASE_URL"):
        if not values[name]:
            yield f"{name} is missing."
    app, owner = (urlsplit(values[name]) for name in ("DATABASE_URL", "OWNER_DATABASE_URL"))
    if app.username and app.username == owner.username:
        yield (
            "DATABASE_URL and OWNER_DATABASE_URL sign in as the same user; the app role must not "
            "own the schema."
        )


def _broker(values: Values) -> Iterator[str]:
    scheme = urlsplit(values["CELERY_BROKER_URL"]).scheme
    if not values["CELERY_BROKER_URL"]:
        yield "CELERY_BROKER_URL is missing."
    elif scheme in {"memory", "filesystem"}:
        yield f"CELERY_BROKER_URL may not be {scheme}://, which loses messages."
    if values["CELERY_BEAT_WITHOUT"]:
        yield "CELERY_BEAT_WITHOUT must be empty: work whose message was lost would stay undone."


def _transports(values: Values) -> Iterator[str]:
    for name, toys in (
        ("EMAIL_URL", {"filemail", "consolemail", "memorymail", "dummymail"}),
        ("SMS_URL", {"file", "console", "memory", "dummy"}),
    ):
        scheme = urlsplit(values[name]).scheme
        if not values[name]:
            if name == "EMAIL_URL" or not values["MESSAGE_PROVIDERS"]:
                yield f"{name} is missing."
        elif not scheme:
            yield f"{name} has no scheme such as smtp+tls:// or https://."
        elif scheme in toys:
            yield f"{name} may not be {scheme}://, which reaches nobody."
    if not values["DEFAULT_FROM_EMAIL"]:
        yield "DEFAULT_FROM_EMAIL is missing."


def _message_providers(values: Values) -> Iterator[str]:
    """What each class says of itself is asked by `common.messaging.checks`."""
    try:
        providers = json.loads(values["MESSAGE_PROVIDERS"] or "{}")
        channels = {written["channel"] for written in providers.values()}
    except (ValueError, AttributeError, KeyError, TypeError):
        yield "MESSAGE_PROVIDERS is no JSON of providers by name, each with class and channel."
        return
    if providers and "sms" not in channels and not values["SMS_URL"]:
        yield "SMS_URL is missing: MESSAGE_PROVIDERS names none for text messages."


def _payments(values: Values) -> Iterator[str]:
    if "loopback" in values["PAYMENT_PROVIDERS"].lower():
        yield "PAYMENT_PROVIDERS may not name the loopback provider, which takes no money."


def _numbers(values: Values) -> Iterator[str]:
    for name in NUMBERS:
        written = values[name]
        if written and not (written.isascii() and written.isdigit()):
            yield f"{name} must be a whole number."


NUMBERS = (
    "PORT",
    "CONN_MAX_AGE",
    "TRUSTED_PROXIES",
    "STAFF_SESSION_IDLE_SECONDS",
    "STAFF_SESSION_ABSOLUTE_SECONDS",
    "SECURE_HSTS_SECONDS",
    "ENFORCEMENT_MAX_STALENESS",
    "ENFORCEMENT_WAITERS",
)
RULES: tuple[Rule, ...] = (
    _secrets,
    _seals,
    _enforcement,
    _switches,
    _hosts,
    _databases,
    _broker,
    _transports,
    _message_providers,
    _payments,
    _numbers,
)
VARIABLES = (
    "SECRET_KEY",
    "FIELD_ENCRYPTION_KEYS",
    "SEAL_KEYS",
    "SEAL_PUBLIC_KEYS",
    "ENFORCEMENT_KEYS",
    "DEBUG",
    "DEMO",
    "ALLOWED_HOSTS",
    "SITE_URL",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "OWNER_DATABASE_URL",
    "CELERY_BROKER_URL",
    "CELERY_BEAT_WITHOUT",
    "EMAIL_URL",
    "SMS_URL",
    "DEFAULT_FROM_EMAIL",
    "MESSAGE_PROVIDERS",
    "PAYMENT_PROVIDERS",
    *NUMBERS,
)
