"""Journals and their entries, with links both ways; lists of millions of rows."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
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
from common.admin import EvidenceAdmin, EvidenceInline, Headline, mono, pill


class EntryInline(EvidenceInline):
    """The legs of a journal, debits on the left."""

    model = Entry
    fields = ("account", "wallet_link", "lot_link", "debit", "credit")
    readonly_fields = fields
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).order_by("pk")
        return rows.select_related("account", "wallet__account", "lot")

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


def turnover(journal: Journal) -> int:
    """What a journal moved: the sum of its credits, in micro-yuan."""
    return sum(entry.amount for entry in journal.entries.all() if entry.amount > 0)


@admin.register(Journal)
class JournalAdmin(WithExport, EvidenceAdmin):
    """Every event of money. Goes by number, newest first, and never counts them all."""

    severe_acts = (Correct(), Release())
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
    inlines = (EntryInline,)

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
