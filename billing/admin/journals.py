"""Journals and their entries, with links both ways; lists of millions of rows."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.admin.columns import KIND_TONES, link, list_url, side, yuan
from billing.admin.exports import WithExport
from billing.admin.journal_acts import Correct, Release
from billing.admin.of_account import OfAccountFilter, OfLotFilter, OfWalletFilter
from billing.finding import journals_found
from billing.models import Entry, Journal, Kind
from common.admin import EvidenceAdmin, Headline, mono, pill


def turnover(journal: Journal) -> int:
    """What a journal moved: the sum of its credits, in micro-yuan."""
    return sum(entry.amount for entry in journal.entries.all() if entry.amount > 0)


@admin.register(Journal)
class JournalAdmin(WithExport, EvidenceAdmin):
    """Every event of money. Goes by number, newest first, and never counts them all."""

    severe_acts = (Correct(), Release())
    change_form_template = "admin/billing/journal/change_form.html"
    export_name = "journals"
    list_display = ("number", "kind_pill", "account", "amount", "effective_at", "recorded_at")
    list_display_links = ("number",)
    list_filter = ("kind", OfAccountFilter)
    list_select_related = ("account",)
    list_prefetches = ("entries",)
    list_reads = ("kind", "effective_at", "recorded_at", "account__name")
    # Only what an index gives: the others would sort millions of rows.
    sortable_by = ("number", "effective_at")
    search_fields = ("key", "account")
    search_help_text = gettext_lazy(
        "Key, number, amount in yuan, request (mrq_…), or the account's name or identifier"
    )
    ordering = ("-pk",)
    fields = (
        "kind",
        "account",
        "whole_money",
        "effective_at",
        "recorded_at",
        "what_for",
        "related",
        "actor",
        "memo",
        "key",
        "request_hash",
    )
    readonly_fields = fields

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        if not search_term.strip():
            return queryset, False
        return journals_found(queryset, search_term), False

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def number(self, journal: Journal) -> str:
        return str(journal.pk)

    @admin.display(description=gettext_lazy("kind"))
    def kind_pill(self, journal: Journal) -> str:
        return pill(journal.get_kind_display(), KIND_TONES[Kind(journal.kind)])

    @admin.display(description=gettext_lazy("amount"))
    def amount(self, journal: Journal) -> str:
        return yuan(turnover(journal))

    @admin.display(description=gettext_lazy("money of the account"))
    def whole_money(self, journal: Journal) -> str:
        account: Any = journal.account
        wallet = getattr(account, "wallet", None)
        return link(wallet, _("All of its money")) if wallet else "–"

    @admin.display(description=gettext_lazy("posted for"))
    def what_for(self, journal: Journal) -> str:
        """The request that was approved, or the charge."""
        return link(journal.request) or link(getattr(journal, "charge", None)) or "–"

    @admin.display(description=gettext_lazy("reversal"))
    def related(self, journal: Journal) -> str:
        """The journal this one reverses, the one that reversed it, requests to do so."""
        lines = [
            (_("reverses"), link(journal.reverses)),
            (_("reversed by"), link(getattr(journal, "reversed_by", None))),
            *((_("asked to be corrected"), link(one)) for one in journal.requests.order_by("pk")),
        ]
        there = [(word, address) for word, address in lines if address]
        return format_html_join(mark_safe("<br>"), "{} {}", there) or "–"

    def headline(self, obj: Any) -> Headline:
        state = [(_("reversed"), "warn")] if hasattr(obj, "reversed_by") else []
        tone = KIND_TONES[Kind(obj.kind)]
        return Headline(
            pills=[(obj.get_kind_display(), tone), *state],
            facts=[yuan(turnover(obj)), mono(obj.key)],
        )

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            context["entries"] = _legs(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)


def _legs(journal: Journal) -> list[tuple[Any, str, str, str, str]]:
    """The entries of a journal: ledger account, wallet, lot, debit, credit."""
    entries = journal.entries.select_related("account", "wallet__account", "lot").order_by("pk")
    return [
        (
            entry.account,
            link(entry.wallet),
            link(entry.lot),
            side(entry.amount, credit=False),
            side(entry.amount, credit=True),
        )
        for entry in entries
    ]


@admin.register(Entry)
class EntryAdmin(WithExport, EvidenceAdmin):
    export_name = "entries"
    list_display = ("pk", "journal_link", "account", "wallet_link", "lot_link", "debit", "credit")
    list_display_links = ("pk",)
    list_select_related = ("journal", "account", "wallet__account", "lot")
    list_filter = (OfWalletFilter, OfLotFilter)
    sortable_by = ("pk",)
    ordering = ("-pk",)
    fields = ("journal_link", "account", "wallet_link", "lot_link", "debit", "credit")
    readonly_fields = fields

    @admin.display(description=gettext_lazy("journal"))
    def journal_link(self, entry: Entry) -> str:
        return link(entry.journal)

    @admin.display(description=gettext_lazy("wallet"))
    def wallet_link(self, entry: Entry) -> str:
        return link(entry.wallet)

    @admin.display(description=gettext_lazy("lot"))
    def lot_link(self, entry: Entry) -> str:
        return link(entry.lot)

    @admin.display(description=gettext_lazy("debit"))
    def debit(self, entry: Entry) -> str:
        return side(entry.amount, credit=False)

    @admin.display(description=gettext_lazy("credit"))
    def credit(self, entry: Entry) -> str:
        return side(entry.amount, credit=True)


def journals_of(account_id: int) -> str:
    """The list of an account's journals."""
    return list_url(Journal, f"account={account_id}")
