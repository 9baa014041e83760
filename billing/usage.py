"""An account's usage, charge by charge and summed up.

A corrected charge stays what it was; sums leave it out, since it was given back.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from accounts.models import Account, ApiKey, InferenceModel
from billing.models import Charge, Kind

MOST_IN_A_READ = 2_000


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which charges of an account: used in [since, until), by one key, of one model."""

    account: Account
    since: datetime
    until: datetime
    api_key: ApiKey | None = None
    model: InferenceModel | None = None

    def charges(self) -> QuerySet[Charge]:
        wanted = Q(wallet=self.account.pk, used_at__gte=self.since, used_at__lt=self.until)
        if self.api_key:
            wanted &= Q(api_key=self.api_key)
        if self.model:
            wanted &= Q(model=self.model)
        return Charge.objects.filter(wanted)


def midnight(day: date, account: Account) -> datetime:
    """When `day` begins where the account is."""
    return datetime.combine(day, time.min, ZoneInfo(account.time_zone))


def today(account: Account, *, at: datetime) -> date:
    """The day it is where the account is."""
    return at.astimezone(ZoneInfo(account.time_zone)).date()


def of_days(account: Account, first: date, last: date, **narrowed: Any) -> Selection:
    """The charges of whole days of the account, both included."""
    return Selection(
        account=account,
        since=midnight(first, account),
        until=midnight(last + timedelta(days=1), account),
        **narrowed,
    )


# -- page by page ---------------------------------------------------------------------------

# Where a page begins: after this charge, newest first.
Place = tuple[datetime, int]


def newest_first(selection: Selection, *, after: Place | None, most: int) -> list[Charge]:
    """The next `most` charges after a place, as fast at any depth."""
    related = ("api_key", "model", "service", "region", "journal__reversed_by")
    return list(_following(selection, after).select_related(*related)[:most])


def _following(selection: Selection, after: Place | None) -> QuerySet[Charge]:
    charges = selection.charges()
    if after is not None:
        used_at, pk = after
        # The first comparison is the way into the index, the second settles ties.
        charges = charges.filter(Q(used_at__lt=used_at) | Q(pk__lt=pk), used_at__lte=used_at)
    return charges.order_by("-used_at", "-pk")


class Row(NamedTuple):
    """A charge as files have it; `service`, `model`, `region`, `api_key` by primary key."""

    pk: int
    used_at: datetime
    service: int | None
    model: int | None
    region: int | None
    api_key: int | None
    exact: Decimal
    posted: int
    key: str
    correction: int | None


COLUMNS = (
    "pk",
    "used_at",
    "service",
    "model",
    "region",
    "api_key",
    "exact",
    "posted",
    "key",
    "journal__reversed_by",
)


def every_row(selection: Selection) -> Iterator[Row]:
    """All charges, newest first, read a few thousand at a time."""
    after = None
    while True:
        found = _following(selection, after).values_list(*COLUMNS)[:MOST_IN_A_READ]
        rows = [Row(*values) for values in found]
        yield from rows
        if len(rows) < MOST_IN_A_READ:
            return
        after = (rows[-1].used_at, rows[-1].pk)


# -- sums -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sums:
    """How many charges, and what they took in micro-yuan."""

    charges: int = 0
    taken: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.charges + other.charges, self.taken + other.taken)

    def __sub__(self, other: "Sums") -> "Sums":
        return Sums(self.charges - other.charges, self.taken - other.taken)


@dataclass(frozen=True)
class Cell:
    """The sums of one day, model and key; `model` and `api_key` are primary keys."""

    day: date
    model: int | None
    api_key: int | None
    sums: Sums


def cells(selection: Selection) -> list[Cell]:
    """The selection summed by day of the account, model and key, in one pass."""
    charged = _summed(selection.charges(), selection.account)
    corrected = _summed(
        selection.charges().filter(
            journal__reversed_by__account=selection.account,
            journal__reversed_by__kind=Kind.CORRECTION,
        ),
        selection.account,
    )
    net = {place: sums - corrected.get(place, Sums()) for place, sums in charged.items()}
    return [Cell(*place, sums) for place, sums in net.items() if sums.charges]


def _summed(
    charges: QuerySet[Charge], account: Account
) -> dict[tuple[date, int | None, int | None], Sums]:
    rows = (
        charges.annotate(day=TruncDate("used_at", tzinfo=ZoneInfo(account.time_zone)))
        .values("day", "model", "api_key")
        .annotate(number=Count("pk"), taken=Sum("posted"))
        .order_by()
    )
    return {
        (row["day"], row["model"], row["api_key"]): Sums(row["number"], row["taken"])
        for row in rows
    }


def added_up(found: Iterable[Cell], by: str) -> dict[Any, Sums]:
    """Sums by `day`, `model` or `api_key`, the greatest first; days in their order."""
    sums: dict[Any, Sums] = defaultdict(Sums)
    for cell in found:
        sums[getattr(cell, by)] += cell.sums
    if by == "day":
        return dict(sorted(sums.items()))
    return dict(sorted(sums.items(), key=lambda pair: -pair[1].taken))


def total(found: Iterable[Cell]) -> Sums:
    return sum((cell.sums for cell in found), Sums())


def days_between(first: date, last: date) -> Sequence[date]:
    """Every day from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
