"""Production refuses to start on a missing or unsafe value, and names it."""

import base64
import os
import subprocess
import sys

import pytest

from apiqik_backoffice.settings.production_rules import DEVELOPMENT_SECRET, VARIABLES, problems
from tests.plumbing.product import ROOT

SAFE = dict.fromkeys(VARIABLES, "") | {
    "SECRET_KEY": "k9Qz7wXr2TbL5vNc8mHs4jFd1gPa6yEu3oIi0RtWqZxCvBnM-_tests",
    "FIELD_ENCRYPTION_KEYS": "2026:" + base64.b64encode(b"k" * 32).decode(),
    "ENFORCEMENT_KEYS": "2026:" + base64.b64encode(b"e" * 32).decode(),
    "SEAL_KEYS": "2026:" + base64.b64encode(b"s" * 32).decode(),
    "ALLOWED_HOSTS": "backoffice.example.com",
    "SITE_URL": "https://backoffice.example.com",
    "DATABASE_URL": "postgres://apiqik_app:a@db.example.com/apiqik",
    "OWNER_DATABASE_URL": "postgres://apiqik_owner:b@db.example.com/apiqik",
    "CELERY_BROKER_URL": "amqp://user:word@mq.example.com//",
    "EMAIL_URL": "smtp+tls://user:word@mail.example.com:587",
    "SMS_URL": "https://sms.example.com",
    "DEFAULT_FROM_EMAIL": "notices@example.com",
}
REQUIRED = sorted(name for name, value in SAFE.items() if value)


def test_safe_values_are_accepted():
    assert problems(SAFE) == []


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_value_is_named(name):
    assert problems(SAFE | {name: ""}) == [f"{name} is missing."]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", DEVELOPMENT_SECRET),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 80),
        ("SECRET_KEY", "django-insecure-k9Qz7wXr2TbL5vNc8mHs4jFd1gPa6yEu3oIi0RtWqZxCvBnM"),
        ("FIELD_ENCRYPTION_KEYS", "2026:tooshort"),
        ("FIELD_ENCRYPTION_KEYS", SAFE["FIELD_ENCRYPTION_KEYS"].partition(":")[2]),
        ("FIELD_ENCRYPTION_KEYS", ",".join([SAFE["FIELD_ENCRYPTION_KEYS"]] * 2)),
        ("DEBUG", "True"),
        ("DEMO", "1"),
        ("ALLOWED_HOSTS", "backoffice.example.com,*"),
        ("SITE_URL", "http://backoffice.example.com"),
        ("CSRF_TRUSTED_ORIGINS", "http://backoffice.example.com"),
        ("DATABASE_URL", SAFE["OWNER_DATABASE_URL"]),
        ("CELERY_BROKER_URL", "memory://"),
        ("CELERY_BEAT_WITHOUT", "notices.sweep"),
        ("EMAIL_URL", "consolemail://"),
        ("EMAIL_URL", "filemail:////tmp/mail"),
        ("EMAIL_URL", "mail.example.com"),
        ("SMS_URL", "file:///tmp/sms"),
        ("PORT", "eighty"),
        ("STAFF_SESSION_IDLE_SECONDS", "-1"),
    ],
)
def test_an_unsafe_value_is_named_and_a_secret_is_not_shown(name, value):
    [sentence] = problems(SAFE | {name: value})
    assert sentence.startswith(name)
    if name in {"SECRET_KEY", "FIELD_ENCRYPTION_KEYS"}:
        assert value not in sentence


def manage(command, *arguments, **values):
    return subprocess.run(
        [sys.executable, "manage.py", command, *arguments],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "ENV_FILE": os.devnull,
            "DJANGO_SETTINGS_MODULE": "apiqik_backoffice.settings.production",
            **values,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_problems_are_told_at_once_and_without_a_traceback():
    result = manage("check", DEMO="True", PORT="x")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    told = {line.split(" ")[0] for line in result.stderr.splitlines()[1:]}
    assert told == {*REQUIRED, "DEMO", "PORT"}


def test_safe_settings_pass_djangos_own_check():
    values = {name: value for name, value in SAFE.items() if value}
    result = manage("check", "--deploy", "--fail-level", "WARNING", **values)
    assert result.returncode == 0, result.stderr


def test_development_says_which_value_makes_no_sense():
    result = manage(
        "check", PORT="abc", DJANGO_SETTINGS_MODULE="apiqik_backoffice.settings.development"
    )
    assert result.returncode == 1
    assert result.stderr.strip() == (
        "A setting keeps the product from starting: PORT has a value that makes no sense there."
    )


def test_every_variable_is_described_in_the_example():
    example = (ROOT / ".env.example").read_text()
    described = {line.lstrip("#").partition("=")[0] for line in example.splitlines() if "=" in line}
    read = set(VARIABLES)
    for file in (ROOT / "apiqik_backoffice").rglob("*.py"):
        for piece in file.read_text().split("env.")[1:]:
            call, _, rest = piece.partition("(")
            if call in {"str", "int", "bool", "list", "email_url", "db_url"} and rest[0] == '"':
                read.add(rest.split('"')[1])
    assert read - described == set()
