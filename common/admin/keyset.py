"""Pages of long lists, each as fast as the first however deep it lies.

A page is named by the row it follows or precedes, not by its number: the database goes
there by an index and reads no more than it shows. That needs an order which an index
gives, see `Order.of`; other lists keep numbered pages, as far as rows are counted.

The cast: an `Order` is one column, or none, and the primary key, both in one direction;
a `Place` is what an address says of the page wanted, as `after-81`, `before-31` or
`end`; a `Page` is the rows there and where they stand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.utils.functional import cached_property

from common.admin.paginators import counted

ASCENDING, DESCENDING = "", "-"
FIRST, AFTER, BEFORE, END = "", "after", "before", "end"


class RowComparison(models.Func):
    """`(column, pk) > (value, pk)`: the way into an index on both columns."""

    output_field = models.BooleanField()

    def __init__(self, left: list[Any], operator: str, right: list[Any]) -> None:
        super().__init__(*left, *right)
        self.operator = operator

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        parts = [compiler.compile(part) for part in self.get_source_expressions()]
        half = len(parts) // 2
        left, right = (
            ", ".join(sql for sql, _params in side) for side in (parts[:half], parts[half:])
        )
        params = [param for _sql, own in parts for param in own]
        return f"({left}) {self.operator} ({right})", params


@dataclass(frozen=True)
class Order:
    """By `column` (None: by the primary key alone), ties by the primary key."""

    column: models.Field[Any, Any] | None
    descending: bool

    @classmethod
    def of(cls, rows: QuerySet[Any]) -> Self | None:
        """The order of `rows`; None when no index gives it, or when it is another kind."""
        wanted = rows.query.order_by
        if not wanted or not all(isinstance(name, str) for name in wanted):
            return None
        opts, first = rows.model._meta, str(wanted[0])
        descending, name = first.startswith("-"), first.removeprefix("-")
        keys = ("pk", opts.pk.name)
        if name in keys:
            return cls(None, descending)
        try:
            column: Any = opts.get_field(name)
        except FieldDoesNotExist:
            return None
        only_ties_follow = all(str(one).removeprefix("-") in keys for one in wanted[1:])
        if not only_ties_follow or not column.concrete or column.remote_field:
            return None
        return cls(column, descending) if is_indexed(column) else None

    def by(self, *, backwards: bool) -> tuple[str, str]:
        """The sign for `order_by` and the operator for “further on” in that direction."""
        return (DESCENDING, "<") if self.descending != backwards else (ASCENDING, ">")

    def value_at(self, pk: Any, model: type[models.Model]) -> list[Any] | None:
        """What `pk` is compared by, the column's value first; None for no such row."""
        if self.column is None:
            return [pk]
        named = self.column.attname
        row = model._base_manager.filter(pk=pk).values_list(named, flat=True)[:1]
        return [*row, pk] if row else None

    def walk(
        self, rows: QuerySet[Any], *, start: list[Any] | None, backwards: bool
    ) -> Iterator[QuerySet[Any]]:
        """`rows` beyond `start` (None: from the very end), in pieces to be read in turn.

        PostgreSQL sorts NULL as the greatest value, but compares it with nothing: rows
        without a value are a piece of their own.
        """
        sign, operator = self.by(backwards=backwards)
        pk = rows.model._meta.pk
        if self.column is None:
            onward = {} if start is None else {f"pk__{'gt' if operator == '>' else 'lt'}": start[0]}
            yield rows.filter(**onward).order_by(f"{sign}pk")
            return
        name = self.column.attname
        empty, filled = rows.filter(**{f"{name}__isnull": True}), rows
        if self.column.null:
            filled = rows.filter(**{f"{name}__isnull": False})
        pieces = [(filled, False)]
        if self.column.null:
            pieces.insert(len(pieces) if sign == ASCENDING else 0, (empty, True))
        if start is not None:
            in_empty = start[0] is None
            while pieces[0][1] != in_empty:
                pieces.pop(0)
            piece = pieces[0][0]
            columns = [(pk, start[1])] if in_empty else [(self.column, start[0]), (pk, start[1])]
            beyond = RowComparison(
                [models.F(column.attname) for column, _value in columns],
                operator,
                [models.Value(value, output_field=column) for column, value in columns],
            )
            pieces[0] = (piece.filter(beyond), in_empty)
        for piece, is_empty in pieces:
            yield piece.order_by(*([] if is_empty else [f"{sign}{name}"]), f"{sign}pk")


def is_indexed(column: models.Field[Any, Any]) -> bool:
    """Whether an index gives `column` with ties by primary key: unique, or one on both."""
    if column.unique:
        return True
    pair = [column.name, column.model._meta.pk.name]
    return any(
        type(index) is models.Index and index.fields == pair and not index.condition
        for index in column.model._meta.indexes
    )


@dataclass(frozen=True)
class Place:
    """Which page: the first, the last, or the one after or before a row."""

    kind: str = FIRST
    pk: Any = None

    @classmethod
    def named(cls, written: str, model: type[models.Model]) -> Self:
        """From an address; whatever cannot be understood is the first page."""
        kind, _dash, rest = written.partition("-")
        if kind == END and not rest:
            return cls(END)
        if kind in (AFTER, BEFORE):
            try:
                pk = model._meta.pk.to_python(rest)
                model._meta.pk.run_validators(pk)
            except ValidationError:
                return cls()
            return cls(kind, pk)
        return cls()


class Page:
    """The rows at a place, where they stand, and the places around them.

    Positions are counted by the database, no further than `counted_to`, each time a
    page is shown: they are true also when rows were added since the page before.
    """

    def __init__(
        self,
        rows: QuerySet[Any],
        *,
        order: Order,
        place: Place,
        size: int,
        counted_to: int,
    ) -> None:
        self._rows, self._order = rows, order
        self._size, self._counted_to = size, counted_to
        start = None if place.pk is None else order.value_at(place.pk, rows.model)
        if place.pk is not None and start is None:
            place = Place()
        self._backwards = place.kind in (BEFORE, END)
        self._more = False
        self.rows = self._read(start)
        if place.kind == BEFORE and not self._more:
            # Fewer than a page lie before: that is the first page, and a whole one.
            place, self._backwards = Place(), False
            self.rows = self._read(None)
        self._place = place

    def _read(self, start: list[Any] | None) -> list[Any]:
        found: list[Any] = []
        for piece in self._order.walk(self._rows, start=start, backwards=self._backwards):
            if len(found) <= self._size:
                found += piece[: self._size + 1 - len(found)]
        self._more = len(found) > self._size
        found = found[: self._size]
        return found[::-1] if self._backwards else found

    def _beyond(self, row: Any, *, backwards: bool) -> list[QuerySet[Any]]:
        start = (
            [row.pk]
            if self._order.column is None
            else [
                getattr(row, self._order.column.attname),
                row.pk,
            ]
        )
        return list(self._order.walk(self._rows, start=start, backwards=backwards))

    @cached_property
    def _before(self) -> int:
        """How many rows precede this page, one more than is counted when there are more."""
        if self._place.kind == FIRST or not self.rows:
            return 0
        pieces = self._beyond(self.rows[0], backwards=True)
        return min(sum(counted(piece, self._counted_to) for piece in pieces), self._counted_to + 1)

    @cached_property
    def _total(self) -> int:
        if self._place.kind == FIRST and not self._more:
            return len(self.rows)
        if self._before > self._counted_to:
            return self._before
        return counted(self._rows, self._counted_to)

    @property
    def total(self) -> int | None:
        """How many rows the list has; None: more than are counted."""
        return self._total if self._total <= self._counted_to else None

    @property
    def position(self) -> tuple[int, int] | None:
        """The numbers of the first and last row here; None: too far to be counted."""
        if self._before > self._counted_to:
            return None
        return self._before + 1, self._before + len(self.rows)

    @property
    def is_only(self) -> bool:
        return self.previous is None and self.next is None

    @property
    def is_last(self) -> bool:
        return self.next is None

    @cached_property
    def next(self) -> str | None:
        """The name of the place after this page, None on the last."""
        if not self.rows or self._place.kind == END:
            return None
        last = self.rows[-1]
        if self._backwards:
            there = any(piece.exists() for piece in self._beyond(last, backwards=False))
        else:
            there = self._more
        return f"{AFTER}-{last.pk}" if there else None

    @cached_property
    def previous(self) -> str | None:
        """The name of the place before this page, None on the first."""
        if not self.rows or self._place.kind == FIRST:
            return None
        there = self._more if self._backwards else self._before > 0
        return f"{BEFORE}-{self.rows[0].pk}" if there else None
