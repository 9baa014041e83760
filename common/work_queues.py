"""Work queues: what the side bar of the back office lists, with a count beside each.

Declared here, filled by the apps above in their `AppConfig.ready`, read by the staff
site, which shows a person the queues they have the permission for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import prepared
from common.clock import Now
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


def _uncounted(user: "StaffUser", at: Now) -> Countable:
    return None


@dataclass(frozen=True, kw_only=True)
class WorkQueue:
    """One line of the side bar.

    `count` answers how much waits for this person: a queryset (all of them are counted
    together, up to `COUNTED_TO`), a number, which is worked out anew for every page, or
    None for a queue that is only a place to go. `at` is the database's moment, as an
    expression to compare columns with. The statement of a queryset is kept, so it may
    depend on the person, their permissions and `at` and on nothing else. `hot` counts
    are shown in red: work that gets worse by waiting. `permission` is `app.codename`,
    empty for everybody.
    """

    name: str
    section: Section
    label: str | Promise
    url: Callable[[], str]
    count: Callable[["StaffUser", Now], Countable] = _uncounted
    permission: str = ""
    hot: bool = False

    def shown_to(self, user: "StaffUser") -> bool:
        return not self.permission or user.has_perm(self.permission)


work_queues: Registry[WorkQueue] = Registry("work queue")


@dataclass(frozen=True)
class Counting:
    """One statement that counts several querysets, and which of `counts` it fills in."""

    counts: tuple[int | None, ...]
    places: tuple[int, ...]
    sql: str

    def run(self) -> list[int | None]:
        counts = list(self.counts)
        if self.places:
            (row,) = prepared.rows(self.sql)
            for place, number in zip(self.places, row, strict=True):
                counts[place] = number
        return counts


# Writing the statement takes longer than running it. Kept by whom it counts for.
_kept: dict[Any, Counting] = {}
MOST_KEPT = 500


def counts_of(queues: Sequence[WorkQueue], user: "StaffUser") -> list[int | None]:
    """How much waits in each of `queues` for this person now; one statement at most."""
    permissions = None if user.is_superuser else frozenset(user.get_all_permissions())
    whose = (user.pk, permissions, tuple(queue.count for queue in queues))
    counting = _kept.get(whose)
    if counting is None:
        countables = [queue.count(user, Now()) for queue in queues]
        counting = _counting(countables)
        if not any(isinstance(countable, int) for countable in countables):
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            _kept[whose] = counting
    return counting.run()


def count_together(countables: Sequence[Countable]) -> list[int | None]:
    """What each of `countables` comes to, all querysets in one statement.

    A queryset is counted no further than one past `COUNTED_TO`.
    """
    return _counting(countables).run()


def _counting(countables: Sequence[Countable]) -> Counting:
    counts: list[int | None] = [None if isinstance(c, models.QuerySet) else c for c in countables]
    operations: Any = connection.ops
    parts: list[str] = []
    places: list[int] = []
    for place, countable in enumerate(countables):
        if not isinstance(countable, models.QuerySet):
            continue
        capped = countable.order_by().values("pk")[: COUNTED_TO + 1]
        try:
            # With its values written in: a partial index is used for a value that is known
            # when the statement is planned, and this one is planned once.
            sql = operations.compose_sql(*capped.query.sql_with_params())
        except EmptyResultSet:
            counts[place] = 0
            continue
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted_{place})")
        places.append(place)
    return Counting(tuple(counts), tuple(places), "SELECT " + ", ".join(parts))


def count_text(count: int | None) -> str:
    """How a count is written: `""` for None, `999+` past the cap."""
    if count is None:
        return ""
    return f"{COUNTED_TO}+" if count > COUNTED_TO else str(count)
