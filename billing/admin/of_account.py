"""Filters that narrow a list to one account or wallet, named by whoever links here."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from billing.models import CreditLot


class OfAccountFilter(admin.SimpleListFilter):
    """For records with an `account`; the rows follow an index on it and their number."""

    title = _("account")
    parameter_name = "account"
    column = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        wanted = request.GET.get(self.parameter_name, "")
        numbered = wanted.isascii() and wanted.isdigit() and len(wanted) < 19
        chosen = Account.objects.filter(pk=wanted) if numbered else []
        return [(str(account.pk), str(account)) for account in chosen]

    def has_output(self) -> bool:
        # Also for one that there is not, which must not list everybody's.
        return self.value() is not None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value()
        if not wanted:
            return queryset
        if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
            return queryset.none()
        return queryset.filter(**{self.column: int(wanted)})


class OfWalletFilter(OfAccountFilter):
    parameter_name = "wallet"
    column = "wallet"


class OfLotFilter(OfAccountFilter):
    """Of a lot; to be fast it goes with that of its wallet."""

    title = _("lot")
    parameter_name = "lot"
    column = "lot"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        wanted = request.GET.get(self.parameter_name, "")
        numbered = wanted.isascii() and wanted.isdigit() and len(wanted) < 19
        chosen = CreditLot.objects.filter(pk=wanted) if numbered else []
        return [(str(lot.pk), str(lot)) for lot in chosen]
