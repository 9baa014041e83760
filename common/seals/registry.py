"""Which tables are sealed: declared by their apps, in `AppConfig.ready`.

Each has an `id` and the `transaction` that wrote the row (`common.sql.sealed_rows`), and
every column is either sealed, sealed as a commitment, or left out with a reason.
"""

from collections.abc import Mapping
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
    """Rows of another table that were written with a row and belong to it, in order of id."""

    name: str
    model: str
    parent: str
    left_out: Mapping[str, str] = field(default_factory=dict)

    def form(self) -> Form:
        columns = set(columns_of(apps.get_model(self.model))) - set(self.left_out)
        return {"model": self.model, "parent": self.parent, "columns": sorted(columns)}


@dataclass(frozen=True, kw_only=True)
class SealedTable:
    """An append-only table whose rows are sealed. `name` is the model, `app.model`.

    `personal` columns are sealed as salted hashes; `left_out` ones not at all, each with the
    reason why. A table's registration may gain columns, blocks keep the form they had.
    """

    name: str
    personal: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    children: tuple[Children, ...] = ()

    def form(self) -> Form:
        columns = set(columns_of(apps.get_model(self.name))) - set(self.left_out)
        return {
            "columns": sorted(columns - set(self.personal)),
            "personal": list(self.personal),
            "children": {each.name: each.form() for each in self.children},
        }


sealed_tables: Registry[SealedTable] = Registry("sealed table")
