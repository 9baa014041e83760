"""The providers that the settings name, the preferred one of each channel first."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from common.exceptions import NotRegistered
from common.messaging.providers import Config, Provider

Written = Mapping[str, Mapping[str, Any]]

_instead: list[Written] = []


def written() -> Written:
    """The settings of all of them, by their names."""
    if _instead:
        return _instead[-1]
    found: Written = settings.MESSAGE_PROVIDERS
    return found


@contextmanager
def replaced(providers: Written) -> Iterator[None]:
    """While it lasts, this process has these and no others: for worlds that reach nobody."""
    _made.cache_clear()
    _instead.append(providers)
    try:
        yield
    finally:
        _instead.pop()


def names(channel: str) -> list[str]:
    """Those of a channel, the preferred one first."""
    return [name for name, one in written().items() if one["channel"] == channel]


def get(name: str) -> Provider:
    """The provider of that name. Raises `NotRegistered`."""
    one = written().get(name)
    if one is None:
        raise NotRegistered(_("There is no message provider “%s”.") % name[:30])
    return _made(name, class_of(one), repr(one))


def preferred(channel: str) -> Provider:
    """The first one of a channel. Raises `NotRegistered` if it has none."""
    return get(next(iter(names(channel)), channel))


def class_of(one: Mapping[str, Any]) -> type[Provider]:
    """The adapter's class: a dotted path, or in tests the class itself."""
    named = one["class"]
    found: type[Provider] = named if isinstance(named, type) else import_string(named)
    return found


@lru_cache(maxsize=32)
def _made(name: str, adapter: type[Provider], _as_written: str) -> Provider:
    """Anew when the settings differ, as they do in tests."""
    one = written()[name]
    return adapter(
        Config(
            name=name,
            channel=one["channel"],
            secrets=tuple(one.get("secrets", ())),
            options=one.get("options", {}),
        )
    )
