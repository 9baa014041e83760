"""The providers that the settings name, the preferred one of each channel first."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from common.exceptions import NotRegistered
from common.messaging.providers import Config, Provider

Written = Mapping[str, Mapping[str, Any]]

_instead: list[Written] = []
# By name: how it was written, and what was made of it. Threads may make one twice; the last stays.
_made: dict[str, tuple[Any, Provider]] = {}


def written() -> Written:
    """The settings of all of them, by their names."""
    if _instead:
        return _instead[-1]
    found: Written = settings.MESSAGE_PROVIDERS
    return found


@contextmanager
def replaced(providers: Written) -> Iterator[None]:
    """While it lasts, this process has these and no others: for worlds that reach nobody."""
    _instead.append(providers)
    try:
        yield
    finally:
        _instead.pop()
        forget()


def names(channel: str) -> list[str]:
    """Those of a channel, the preferred one first."""
    return [name for name, one in written().items() if one["channel"] == channel]


def get(name: str) -> Provider:
    """The provider of that name. Raises `NotRegistered`."""
    one = written().get(name)
    if one is None:
        raise NotRegistered(_("There is no message provider “%s”.") % name[:30])
    as_written = (class_of(one), repr(one))
    if name not in _made or _made[name][0] != as_written:
        # Anew when the settings differ, as they do in tests.
        _let_go(name)
        _made[name] = (as_written, _make(name, one))
    return _made[name][1]


def preferred(channel: str) -> Provider:
    """The first one of a channel. Raises `NotRegistered` if it has none."""
    return get(next(iter(names(channel)), channel))


def class_of(one: Mapping[str, Any]) -> type[Provider]:
    """The adapter's class: a dotted path, or in tests the class itself."""
    named = one["class"]
    found: type[Provider] = named if isinstance(named, type) else import_string(named)
    return found


def forget() -> None:
    """Lets go of all that were made, with what they hold open."""
    for name in list(_made):
        _let_go(name)


def _let_go(name: str) -> None:
    if name in _made:
        _made.pop(name)[1].close()


def _make(name: str, one: Mapping[str, Any]) -> Provider:
    return class_of(one)(
        Config(
            name=name,
            channel=one["channel"],
            secrets=tuple(one.get("secrets", ())),
            options=one.get("options", {}),
        )
    )
