"""Search in lists of what accounts have."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.finding import records_found


class FoundByAccount:
    """Mixed into an admin: its list is searched by account, and by the whole of a value.

    `search_fields` names the columns of such values beside `account`.
    """

    search_fields: ClassVar[Any] = ["account"]
    search_help_text: ClassVar[Any] = _(
        "Name or identifier of the account, or phone or e-mail of a member"
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        columns = [name for name in self.search_fields if name != "account"]
        return records_found(queryset, search_term, columns=columns), False
