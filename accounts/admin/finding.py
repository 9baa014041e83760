"""Search in lists of what accounts have, and fields that name one."""

from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.finding import accounts_found, records_found
from accounts.models import Account


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


class AccountField(forms.CharField):
    """One account, by its identifier or whatever else finds it alone; None if left empty."""

    default_error_messages = {
        "none": _("No account is found by that. Write its identifier, such as acc_…"),
        "several": _("Several accounts are found by that. Write the identifier of one, acc_…"),
    }

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text in self.empty_values:
            return None
        found = list(accounts_found(Account.objects.all(), text)[:2])
        if len(found) != 1:
            problem = "several" if found else "none"
            raise forms.ValidationError(self.error_messages[problem], code=problem)
        return found[0]
