"""Pages of a list whose size nobody needs to know exactly."""

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator


def counted(rows: QuerySet[Any], limit: int) -> int:
    """How many `rows` there are, `limit + 1` when there are more than `limit`."""
    return rows.order_by().values("pk")[: limit + 1].count()


class LimitedPaginator(_Paginator):
    """Counts no further than `COUNTED_TO` rows: the rest is found by search or filter."""

    COUNTED_TO = 10_000

    @cached_property
    def _counted(self) -> int:
        if not isinstance(self.object_list, QuerySet):
            return len(self.object_list)
        return counted(self.object_list, self.COUNTED_TO)

    @cached_property
    def count(self) -> int:
        return min(self._counted, self.COUNTED_TO)

    @property
    def has_more_than_counted(self) -> bool:
        return self._counted > self.COUNTED_TO
