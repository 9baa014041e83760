"""What else is in a person's inbox: messages of the apps above, which register their shelf
in their `AppConfig.ready`. Notices of changes keep their own rules and are no shelf.

    shelves.register(Shelf("money", "customer/money_messages.html", context, unread, read_all))
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from common.registries import Registry


@dataclass(frozen=True)
class Shelf:
    """A part of the inbox. `context` gives what its template needs, of unread messages only
    if told so; None leaves it out. `read_all` answers how many it recorded as read."""

    name: str
    template: str
    context: Callable[[User, bool], dict[str, Any] | None]
    unread: Callable[[User], int]
    read_all: Callable[[User], int]


shelves: Registry[Shelf] = Registry("shelf of the inbox")
