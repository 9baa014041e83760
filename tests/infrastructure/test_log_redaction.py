"""What is personal or secret never reaches a log."""

import json
import logging
from logging.config import dictConfig

import pytest
import structlog

from apiqik_backoffice.log_redaction import HIDDEN, logging_settings, redact, redact_text


@pytest.mark.parametrize(
    "secret",
    [
        "li.na@example.com",
        "+8613812345678",
        "+86 138 1234 5678",
        "13812345678",
        "138-1234-5678",
        "password=hunter2hunter2",
        "Bearer abcdefghijklmnop",
        "https://mail.example.com/?token=abcdef123456",
        "postgres://apiqik_app:s3cret@db/apiqik",
        "GET /report/R-7K2M9-00ABC-DEFGH-JKMNP/ HTTP/1.1",
    ],
)
def test_a_text_loses_its_secret(secret):
    hidden = (
        "na@ex",
        "1234 5678",
        "12345678",
        "1234-5678",
        "hunter2",
        "efghij",
        "ef1234",
        "s3cret",
        "7K2M9",
    )
    text = redact_text(f"before {secret} after")
    assert text.startswith("before ")
    assert text.endswith(" after")
    assert not [piece for piece in hidden if piece in text]


@pytest.mark.parametrize(
    "harmless",
    [
        "2026-11-22T18:19:20.123456Z",
        "8d1b4f64-69b8-468a-948d-125fdd578ffa",
        "GET /admin/notices/delivery/1234567/",
        "order 20261122000013812345678",
        "status_code=503",
    ],
)
def test_a_harmless_text_stays(harmless):
    assert redact_text(harmless) == harmless


def test_values_are_hidden_by_their_key_at_any_depth():
    entry = {
        "user": {"phone": 1, "notes": ["13812345678", {"api_key": "x"}]},
        "count": 3,
        "ok": None,
    }
    assert redact(entry) == {
        "user": {"phone": HIDDEN, "notes": ["[phone]", {"api_key": HIDDEN}]},
        "count": 3,
        "ok": None,
    }


class Person:
    def __repr__(self):
        return "<Person li.na@example.com>"


def test_objects_are_shown_redacted():
    assert redact(Person()) == "<Person [e-mail]>"


@pytest.fixture
def configured():
    """The product's logging, then the tests' again."""
    from django.conf import settings

    yield lambda form: dictConfig(logging_settings(level="INFO", form=form))
    logging_settings(level="WARNING", form="console")
    dictConfig(settings.LOGGING)


def test_json_lines_of_any_logger_are_redacted(configured, capsys):
    configured("json")
    structlog.get_logger("x").info("sent", phone="13812345678", to="li.na@example.com")
    try:
        raise ValueError("no mail to li.na@example.com")
    except ValueError:
        logging.getLogger("y").exception("failed for %s", "+8613812345678")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["event"], first["phone"], first["to"]) == ("sent", HIDDEN, "[e-mail]")
    assert second["event"] == "failed for [phone]"
    assert "no mail to [e-mail]" in second["exception"]
    assert second["level"] == "error"


def test_the_console_form_is_redacted_too(configured, capsys):
    configured("console")
    logging.getLogger("y").warning("mail to %s", "li.na@example.com")
    assert "mail to [e-mail]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "address",
    [
        "/invitation/{}/",
        "/staff/invitation/{}/",
        "/guardian/{}/",
        "/settings/email/{}/",
        "http://x.test/settings/email/{}",
    ],
)
def test_links_that_work_once_cannot_be_followed_from_the_log(address):
    token = "WyJ1c3Jf:1w2Ab-_c:x9"
    assert token not in redact_text("GET " + address.format(token))
