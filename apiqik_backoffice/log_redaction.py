"""Logging, with what is personal or secret taken out before it is written."""

import logging
import re
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

HIDDEN = "[hidden]"

# Keys whose value is hidden whatever it looks like.
SECRET_KEYS = re.compile(
    r"passw|secret|token|api_?key|authori[sz]ation|cookie|session|csrf|otp|private|"
    r"phone|mobile|e_?mail|id_number|credential",
    re.IGNORECASE,
)
# Shapes that are hidden wherever they stand.
SHAPES = (
    # An address: somebody@example.com
    (re.compile(r"[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE), "[e-mail]"),
    # A password within a URL: scheme://user:password@host
    (re.compile(r"(?<=://)([^\s/:@]*):[^\s/@]+@"), r"\1:[hidden]@"),
    # Headers and query parameters, with what staff searched for: names of people
    (re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=-]{8,}"), r"\1 [hidden]"),
    (
        re.compile(r"(?i)\b(password|passwd|secret|token|api_?key|key|code|sig|q)=[^\s&\"']+"),
        r"\1=[hidden]",
    ),
    # Links to guardians by SMS: whoever has one may ask for codes to their phone
    (re.compile(r"(/guardian/)[^/\s\"']+"), r"\1[hidden]"),
    # Links sent by e-mail: whoever reads the log must not be able to follow them
    (re.compile(r"(/invitation/|/settings/email/)[^/\s\"']+"), r"\1[hidden]"),
    # Receipts of reports: whoever has one reads what came of it
    (re.compile(r"(?i)\bR(?:-[0-9A-HJKMNP-TV-Z]{5}){4}\b"), "[receipt]"),
    # A number in international form, or a Chinese mobile number
    (re.compile(r"(?:\+|%2[Bb])\d[\d\s-]{6,18}\d"), "[phone]"),
    (re.compile(r"(?<![\w-])(?:(?:00)?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?![\w-])"), "[phone]"),
)


def redact_text(text: str) -> str:
    """Return a text without e-mail addresses, phone numbers, tokens and passwords."""
    for shape, replacement in SHAPES:
        text = shape.sub(replacement, text)
    return text


def redact(value: Any, depth: int = 0) -> Any:
    """Return a value of a log entry without what must not be in a log."""
    if isinstance(value, str):
        return redact_text(value)
    if depth < 5 and isinstance(value, Mapping):
        return {
            key: HIDDEN if SECRET_KEYS.search(str(key)) else redact(item, depth + 1)
            for key, item in value.items()
        }
    if depth < 5 and isinstance(value, (list, tuple, set, frozenset)):
        return [redact(item, depth + 1) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return redact_text(repr(value))


def redaction_processor(_logger: Any, _method: str, entry: EventDict) -> EventDict:
    """Redact an entry; runs after exceptions have become text and before rendering."""
    return {
        key: HIDDEN if SECRET_KEYS.search(key) and value is not None else redact(value)
        for key, value in entry.items()
    }


def logging_settings(*, level: str, form: str) -> dict[str, Any]:
    """Return settings.LOGGING and configure structlog alike.

    `form` is "json" (one object a line) or "console" (for people's eyes).
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.UnicodeDecoder(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*shared, structlog.stdlib.ExtraAdder()],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    redaction_processor,
                    renderer,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # One line per request comes from django_structlog; Django's own repeats it.
            "django.server": {"level": "ERROR"},
            "django.request": {"level": "ERROR"},
            "celery.beat": {"level": max(logging.WARNING, logging.getLevelName(level))},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }
