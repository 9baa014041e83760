"""Providers of e-mail and text messages: those of MESSAGE_PROVIDERS, or else one for each of
EMAIL_URL and SMS_URL."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from apiqik_backoffice.settings.environment import env

# {"name": {"class": "dotted.path.Class", "channel": "sms", "secrets": ["new", "old"],
# "options": {}}}, the preferred one of a channel first; see docs/adding-an-sms-provider.md.
named: dict[str, Any] = (
    env.json("MESSAGE_PROVIDERS") if env.str("MESSAGE_PROVIDERS", default="") else {}
)
# Whether providers that reach nobody may be used.
MESSAGE_TOYS_ALLOWED = False

DJANGO_BACKEND = "common.messaging.django_backend.DjangoBackend"
HTTP = "common.messaging.http_gateway.HttpGateway"


def by_email() -> dict[str, Any]:
    """The backend of Django that EMAIL_URL names."""
    return {"smtp": {"class": DJANGO_BACKEND, "channel": "email"}}


def by_sms(url: str) -> dict[str, Any]:
    """The provider of an address: `https://token@host/path` posts messages to a gateway,
    `file:///path` writes them to files, `memory://` keeps them for tests."""
    address = urlsplit(url)
    if address.scheme in {"http", "https"}:
        plain = address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()
        token = [unquote(address.username)] if address.username else []
        return {
            "http": {"class": HTTP, "channel": "sms", "secrets": token, "options": {"url": plain}}
        }
    if address.scheme == "file":
        return {
            "file": {
                "class": "common.messaging.text_files.TextFiles",
                "channel": "sms",
                "options": {"folder": unquote(address.path)},
            }
        }
    if address.scheme == "memory":
        return {"memory": {"class": "common.messaging.memory.Memory", "channel": "sms"}}
    raise ImproperlyConfigured(f"SMS_URL: no provider is called “{address.scheme}”.")


def completed(providers: dict[str, Any], *, sms_url: str) -> dict[str, Any]:
    """With one of EMAIL_URL or SMS_URL for each channel that none is named for."""
    channels = {written.get("channel") for written in providers.values()}
    return {
        **providers,
        **({} if "email" in channels else by_email()),
        **({} if "sms" in channels else by_sms(sms_url)),
    }


def receipt_paths(providers: Iterable[str]) -> list[str]:
    """Where they post what became of messages, for MACHINE_PATHS."""
    return [f"/receipts/{name}/" for name in providers]
