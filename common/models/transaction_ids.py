"""PostgreSQL's 64-bit transaction ids, for finding the rows of transactions that are over."""

from typing import Any

from django.db import models
from django.db.models.expressions import Func


class CurrentTransaction(Func):
    """`pg_current_xact_id()`: the transaction that writes the row."""

    function = "pg_current_xact_id"
    arity = 0


class TransactionIdField(models.Field[Any, Any]):
    """An `xid8`. Compare it with `pg_snapshot_xmin(pg_current_snapshot())`: every row
    below is committed or gone for good, and no row will join them any more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(editable=False, db_default=CurrentTransaction())
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("editable", "db_default"):
            kwargs.pop(fixed, None)
        return name, path, args, kwargs

    def db_type(self, connection: Any) -> str:
        return "xid8"
