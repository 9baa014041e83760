"""Registries: declared here at the bottom, filled by the apps above.

An upper app contributes in its `AppConfig.ready`; a lower app reads without
importing it. A name is registered once, a duplicate is refused, so what is found
under a name never depends on the order in which apps load.
"""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from django.utils.translation import gettext_lazy as _

from common.exceptions import AlreadyRegistered, NotRegistered


class Named(Protocol):
    """What a registry keeps: anything with a name, unique in that registry."""

    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


class Registry(Generic[T]):
    """A named collection, iterated in order of registration."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._members: dict[str, T] = {}

    def register(self, member: T) -> T:
        """Adds `member` and gives it back. Raises `AlreadyRegistered` for a second one."""
        if member.name in self._members:
            raise AlreadyRegistered(
                _("The %(noun)s “%(name)s” is registered already.")
                % {"noun": self.noun, "name": member.name}
            )
        self._members[member.name] = member
        return member

    def get(self, name: str) -> T:
        """The member of that name. Raises `NotRegistered`."""
        try:
            return self._members[name]
        except KeyError:
            raise NotRegistered(
                _("No %(noun)s is called “%(name)s”.") % {"noun": self.noun, "name": name}
            ) from None

    def __iter__(self) -> Iterator[T]:
        return iter(self._members.values())

    def __contains__(self, name: str) -> bool:
        return name in self._members
