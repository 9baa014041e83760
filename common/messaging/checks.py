"""What Django's checks say about the settings of message providers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from common.messaging.configured import class_of
from common.messaging.providers import MOST_SECRETS, Provider

CHANNELS = ("email", "sms")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
# An option of such a name is one that is shown where options are.
SOUNDS_SECRET = re.compile(r"password|secret|token|private_?key|api_?key", re.IGNORECASE)


@register
def message_providers(**_: Any) -> list[CheckMessage]:
    """Each provider's class is there, reaches people where it must, and keeps its secrets."""
    return [
        Error(f"Message provider {name}: {sentence}", id=f"common.E{number:03}")
        for name, written in settings.MESSAGE_PROVIDERS.items()
        for number, sentence in _problems(name, written)
    ]


def _problems(name: str, written: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    if not NAME.fullmatch(name):
        yield 11, "its name takes small letters, digits, _ and -, 40 characters at most."
    if written.get("channel") not in CHANNELS:
        yield 12, "its channel is email or sms."
    secrets = written.get("secrets", ())
    if len(secrets) > MOST_SECRETS:
        yield 13, f"it has more than {MOST_SECRETS} secrets: a new one and an old one."
    if not all(isinstance(one, str) and one for one in secrets):
        yield 14, "its secrets are texts that are not empty."
    for option, value in written.get("options", {}).items():
        if SOUNDS_SECRET.search(option) or (isinstance(value, str) and urlsplit(value).password):
            yield 15, f"option {option} is a secret: it belongs under secrets."
    yield from _problems_of_class(written)


def _problems_of_class(written: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    try:
        adapter: object = class_of(written)
    except (ImportError, KeyError, TypeError, AttributeError):
        yield 16, "there is no such class."
        return
    if not (isinstance(adapter, type) and issubclass(adapter, Provider)):
        yield 16, "its class is no Provider."
    elif adapter.is_toy and not settings.MESSAGE_TOYS_ALLOWED:
        yield 17, "it reaches nobody."
