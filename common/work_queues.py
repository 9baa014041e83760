"""Work queues: what the side bar of the back office lists, with a count beside each.

Declared here, filled by the apps above in their `AppConfig.ready`, read by the staff
site, which shows a person the queues they have the permission for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.registries import Registry

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin

    class StaffUser(AbstractBaseUser, PermissionsMixin):
        class Meta:
            abstract = True


# Beyond this many a count says nothing more, and costs more than it says.
COUNTED_TO = 999

Countable = int | models.QuerySet[Any] | None


class Section(models.TextChoices):
    """Headings of the side bar, in their order."""

    MY_WORK = "my_work", _("My work")
    NOTICES = "notices", _("Notices")
    BILLING = "billing", _("Billing")
    COMPLIANCE = "compliance", _("Compliance")
    ACCOUNTS = "accounts", _("Accounts")
    SYSTEM = "system", _("System")


def _uncounted(user: "StaffUser", at: datetime) -> Countable:
    return None


@dataclass(frozen=True, kw_only=True)
class WorkQueue:
    """One line of the side bar.

    `count` answers how much waits for this person at that moment: a number, a
    queryset (cheapest: all querysets are counted together, up to `COUNTED_TO`), or
    None for a queue that is only a place to go. `hot` counts are shown in red: work
    that gets worse by waiting. `permission` is `app.codename`, empty for everybody.
    """

    name: str
    section: Section
    label: str | Promise
    url: Callable[[], str]
    count: Callable[["StaffUser", datetime], Countable] = _uncounted
    permission: str = ""
    hot: bool = False

    def shown_to(self, user: "StaffUser") -> bool:
        return not self.permission or user.has_perm(self.permission)


work_queues: Registry[WorkQueue] = Registry("work queue")


def count_together(countables: Sequence[Countable]) -> list[int | None]:
    """What each of `countables` comes to, all querysets in one statement.

    A queryset is counted no further than one past `COUNTED_TO`.
    """
    counts: list[int | None] = [None if isinstance(c, models.QuerySet) else c for c in countables]
    parts: list[str] = []
    params: list[Any] = []
    places: list[int] = []
    for place, countable in enumerate(countables):
        if not isinstance(countable, models.QuerySet):
            continue
        capped = countable.order_by().values("pk")[: COUNTED_TO + 1]
        try:
            sql, arguments = capped.query.sql_with_params()
        except EmptyResultSet:
            counts[place] = 0
            continue
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted_{place})")
        params.extend(arguments)
        places.append(place)
    if parts:
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(parts), params)
            row = cursor.fetchone() or ()
        counts = list(counts)
        for place, number in zip(places, row, strict=True):
            counts[place] = number
    return counts


def count_text(count: int | None) -> str:
    """How a count is written: `""` for None, `999+` past the cap."""
    if count is None:
        return ""
    return f"{COUNTED_TO}+" if count > COUNTED_TO else str(count)
