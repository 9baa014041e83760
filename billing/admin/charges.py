"""Usage charges as they were rated."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from billing.admin.columns import link, yuan
from billing.admin.exports import WithExport
from billing.admin.of_account import OfWalletFilter
from billing.finding import charges_found
from billing.models import Charge
from common.admin import EvidenceAdmin, Headline, mono


@admin.register(Charge)
class ChargeAdmin(WithExport, EvidenceAdmin):
    export_name = "charges"
    list_display = ("pk", "wallet", "service", "model", "amount", "used_at", "journal_link")
    list_display_links = ("pk",)
    list_select_related = ("wallet__account", "service", "model", "journal")
    list_reads = (
        "posted",
        "used_at",
        "wallet__account__name",
        "service",
        "model",
        "journal__kind",
    )
    list_filter = (OfWalletFilter,)
    sortable_by = ("pk",)
    search_fields = ("key", "account")
    search_help_text = gettext_lazy("Key, or the account's name or identifier")
    ordering = ("-pk",)
    fields = (
        "key",
        "wallet",
        "journal_link",
        "exact",
        "amount",
        "used_at",
        "recorded_at",
        "api_key",
        "service",
        "model",
        "region",
        "quantities",
        "client",
        "request_hash",
    )
    readonly_fields = fields

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        if not search_term.strip():
            return queryset, False
        return charges_found(queryset, search_term), False

    @admin.display(description=gettext_lazy("amount"))
    def amount(self, charge: Charge) -> str:
        return yuan(charge.posted)

    @admin.display(description=gettext_lazy("journal"))
    def journal_link(self, charge: Charge) -> str:
        return link(charge.journal) or "–"

    def headline(self, obj: Any) -> Headline:
        return Headline(facts=[yuan(obj.posted), mono(obj.key)])
