"""The providers that the settings name, the preferred one of each channel first."""

from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from common.exceptions import NotRegistered
from common.messaging.providers import Config, Provider


def names(channel: str) -> list[str]:
    """Those of a channel, the preferred one first."""
    return [
        name
        for name, written in settings.MESSAGE_PROVIDERS.items()
        if written["channel"] == channel
    ]


def get(name: str) -> Provider:
    """The provider of that name. Raises `NotRegistered`."""
    if name not in settings.MESSAGE_PROVIDERS:
        raise NotRegistered(_("There is no message provider “%s”.") % name[:30])
    return _made(name, repr(settings.MESSAGE_PROVIDERS[name]))


@lru_cache(maxsize=32)
def _made(name: str, _as_written: str) -> Provider:
    """Anew when the settings differ, as they do in tests."""
    written = settings.MESSAGE_PROVIDERS[name]
    made: Provider = import_string(written["class"])(
        Config(
            name=name,
            channel=written["channel"],
            secrets=tuple(written.get("secrets", ())),
            options=written.get("options", {}),
        )
    )
    return made
