"""The one search box: sources declared here, contributed by the apps above.

Each source knows what of its records can be looked up by and answers a few hits;
the staff site asks every source the person may use and groups what comes back.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.functional import Promise

from common.registries import Registry

if TYPE_CHECKING:
    from common.work_queues import StaffUser

# Longer texts are cut: nothing that is searched for is longer.
LONGEST_TEXT = 120
# Trigrams need three characters; a shorter text is looked for at the start of words.
SHORTEST_INSIDE = 3
# A text that finds more than this is common: reading in the order of the list meets it soon.
MOST_FOUND_FIRST = 10_000


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One result. `pill` is a word about its state and its tone, such as `good`."""

    title: str
    url: str
    detail: str = ""
    pill: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class SearchSource:
    """Where to look. `search` answers at most `limit` hits, the likeliest first.

    A text that is somebody's or something's exact public identifier gives one hit.
    `permission` is `app.codename`, empty for all of the staff.
    """

    name: str
    label: str | Promise
    search: Callable[[str, "StaffUser", int], list[Hit]]
    permission: str = ""

    def open_to(self, user: "StaffUser") -> bool:
        return not self.permission or user.has_perm(self.permission)


search_sources: Registry[SearchSource] = Registry("search source")


def looks_like_identifier(text: str) -> bool:
    """Whether `text` has the shape of a public identifier or key prefix: `acc_7k2m…`."""
    prefix, underscore, rest = text.partition("_")
    return bool(
        underscore
        and len(prefix) == 3
        and len(rest) >= 8
        and prefix.isascii()
        and prefix.isalpha()
        and rest.isascii()
        and rest.replace("_", "").isalnum()
    )


@models.CharField.register_lookup
class Matches(models.Lookup[Any]):
    """`name__matches="li"`: part of the column, whatever the case, by a trigram index.

    Django's `icontains` compares `UPPER(column)`, which no index on the column serves;
    this is `ILIKE`, which a `gin_trgm_ops` index does.
    """

    lookup_name = "matches"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, column_params = self.process_lhs(compiler, connection)
        return f"{column} ILIKE %s", (*column_params, pattern(str(self.rhs)))


def pattern(text: str) -> str:
    """The `LIKE` pattern for `text`, its own wildcards escaped."""
    text = text.replace("\x00", "")[:LONGEST_TEXT]
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%" if len(text) >= SHORTEST_INSIDE else f"{escaped}%"


def narrowed(
    rows: models.QuerySet[Any],
    ways: Iterable[models.QuerySet[Any]],
    *,
    otherwise: models.Q,
) -> models.QuerySet[Any]:
    """`rows` whose primary key one of `ways`, each a query for keys alone, finds.

    The keys are read first, each way by its own index; one statement with all of it
    would read the whole table, or sort what it finds before it shows a page. When they
    are too many for that, rows are asked one by one whether `otherwise` holds.
    """
    keys: set[Any] = set()
    for way in ways:
        keys.update(way.order_by()[: MOST_FOUND_FIRST + 1])
        if len(keys) > MOST_FOUND_FIRST:
            return rows.filter(otherwise)
    return rows.filter(pk__in=keys)
