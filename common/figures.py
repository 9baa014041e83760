"""What the home page of the back office shows: figures and panels.

Declared here, filled by the apps above in their `AppConfig.ready`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from common.registries import Registry

if TYPE_CHECKING:
    from common.work_queues import StaffUser


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number as it is written, a short note below it and where it leads."""

    value: str
    note: str = ""
    url: str = ""
    hot: bool = False


@dataclass(frozen=True, kw_only=True)
class HomeFigure:
    """A card with one figure. `permission` is `app.codename`, empty for everybody."""

    name: str
    label: str | Promise
    value: Callable[["StaffUser", datetime], Figure]
    permission: str = ""

    def shown_to(self, user: "StaffUser") -> bool:
        return not self.permission or user.has_perm(self.permission)


class Width(StrEnum):
    """How much of a row a panel takes: all of it, about three fifths, or two."""

    FULL = "full"
    WIDE = "wide"
    NARROW = "narrow"


@dataclass(frozen=True, kw_only=True)
class HomePanel:
    """A panel below the figures: `template` with what `context` answers.

    The template is included inside a card headed by `label`. `position` orders the
    panels; those with the same follow their registration.
    """

    name: str
    label: str | Promise
    template: str
    context: Callable[["StaffUser", datetime], dict[str, Any]]
    permission: str = ""
    width: Width = Width.FULL
    position: int = 0

    def shown_to(self, user: "StaffUser") -> bool:
        return not self.permission or user.has_perm(self.permission)


home_figures: Registry[HomeFigure] = Registry("home figure")
home_panels: Registry[HomePanel] = Registry("home panel")
