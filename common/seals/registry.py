"""Which tables are sealed, and which are not and why: declared by their apps.

In `AppConfig.ready`. A sealed one has a `bigint` that numbers its rows, its `id` as a rule, and
the `transaction` that wrote the row (`common.models.Sealed`, `common.sql.sealed_rows`), and
every column is either sealed, sealed as a commitment, or left out with a reason.
`tests/architecture/test_seals.py` fails on an append-only table that nobody declared.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models

from common.registries import Registry

# What a block says of the form of its rows, so that they can be written that way again
# after columns were added to the table.
Form = dict[str, Any]


def columns_of(model: type[models.Model]) -> dict[str, models.Field[Any, Any]]:
    """The columns of the model's table by name."""
    return {str(each.column): each for each in model._meta.concrete_fields}


@dataclass(frozen=True, kw_only=True)
class Children:
    """Final rows of another table that are sealed along with a row, in order of id.

    Those whose column `parent` is the row's column `of`. Either they were written with the
    row, which the database has to see to (`common.sql.written_together`), or before it. Of
    `hashed` columns a SHA-256 stands in the row: long texts that have no salt of their own.
    Of a row that goes on changing, `only` those columns are sealed that the app role may not
    change.
    """

    name: str
    model: str
    parent: str
    of: str = "id"
    hashed: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()

    def form(self) -> Form:
        model = apps.get_model(self.model)
        columns = set(self.only or columns_of(model)) - set(self.left_out) - set(self.hashed)
        form = {"model": self.model, "parent": self.parent, "columns": sorted(columns)}
        # Blocks from before there was anything else say neither.
        if self.of != "id":
            form["of"] = self.of
        if self.hashed:
            form["hashed"] = list(self.hashed)
        return form


@dataclass(frozen=True, kw_only=True)
class SealedTable:
    """An append-only table whose rows are sealed. `name` is the model, `app.model`.

    `personal` columns are sealed as salted hashes; `left_out` ones not at all, each with the
    reason why, nor `transaction`: the block itself says where the row stands. A table's
    registration may gain columns, blocks keep the form they had. `key` is the `bigint` that
    numbers the rows, above 0. `child.column` in `personal` is a column of the one row of a child.
    """

    name: str
    key: str = "id"
    personal: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    children: tuple[Children, ...] = ()

    def form(self) -> Form:
        columns = set(columns_of(apps.get_model(self.name))) - set(self.left_out)
        form = {
            "columns": sorted(columns - set(self.personal) - {"transaction"}),
            "personal": list(self.personal),
            "children": {each.name: each.form() for each in self.children},
        }
        return form if self.key == "id" else {**form, "key": self.key}


@dataclass(frozen=True, kw_only=True)
class UnsealedTable:
    """An append-only table that is not sealed on its own, `because` of what is said."""

    name: str
    because: str


sealed_tables: Registry[SealedTable] = Registry("sealed table")
unsealed_tables: Registry[UnsealedTable] = Registry("unsealed table")


def register(sealed: Iterable[SealedTable], unsealed: Mapping[str, str]) -> None:
    """Declares an app's tables; `unsealed` gives the reason for each by its name."""
    for table in sealed:
        sealed_tables.register(table)
    for name, because in unsealed.items():
        unsealed_tables.register(UnsealedTable(name=name, because=because))
