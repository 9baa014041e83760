"""Bank receipts, and matches: whose money it is."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import matching
from billing.admin.columns import link, yuan
from billing.admin.match_acts import (
    ApproveMatch,
    ProposeBest,
    ProposeMatch,
    RejectMatch,
    RequestReturn,
)
from billing.models import BankReceipt, Match
from common.admin import EvidenceAdmin, Headline, mono, pill


class SettlementFilter(admin.SimpleListFilter):
    """Of receipts and quarantined payments."""

    title = gettext_lazy("state")
    parameter_name = "standing"

    def lookups(self, request, model_admin):
        return [
            ("to_match", _("to be matched")),
            ("waiting", _("waits for approval")),
            ("settled", _("settled")),
        ]

    def queryset(self, request, queryset):
        free = {"unsettled__match__isnull": True, "unsettled__request__isnull": True}
        if self.value() == "to_match":
            return queryset.filter(unsettled__isnull=False, **free)
        if self.value() == "waiting":
            return queryset.filter(unsettled__isnull=False).exclude(**free)
        if self.value() == "settled":
            return queryset.filter(unsettled__isnull=True)
        return queryset


def standing_of(source):
    """How money not matched stands, as a word and a tone."""
    waiting = getattr(source, "unsettled", None)
    if waiting is None:
        return _("settled"), "good"
    if waiting.match_id or waiting.request_id:
        return _("waits for approval"), "warn"
    return _("to be matched"), "bad"


class OfMoneyNotMatched(EvidenceAdmin):
    """What receipts and quarantined payments have in common."""

    @admin.display(description=gettext_lazy("state"))
    def standing(self, source):
        return pill(*standing_of(source))

    @admin.display(description=gettext_lazy("amount"))
    def sum(self, source):
        return yuan(source.amount)

    @admin.display(description=gettext_lazy("journal"))
    def journal_link(self, source):
        return link(source.journal)

    @admin.display(description=gettext_lazy("settled by"))
    def ended(self, source):
        settlement = getattr(source, "settlement", None)
        if settlement is None:
            return "–"
        return link(settlement.match) if settlement.match else str(settlement.request)

    @admin.display(description=gettext_lazy("suggested accounts"))
    def suggested(self, source):
        if not hasattr(source, "unsettled"):
            return "–"
        found = matching.suggestions(source)
        return "; ".join(f"{one.account} ({one.why})" for one in found) or "–"


@admin.register(BankReceipt)
class BankReceiptAdmin(OfMoneyNotMatched):
    list_display = [
        "received_on",
        "payer_name",
        "sum",
        "reference",
        "standing",
        "bank_account",
    ]
    list_filter = [SettlementFilter]
    list_select_related = ["unsettled"]
    search_fields = ["payer_name__matches", "reference__matches"]
    search_help_text = gettext_lazy("Parts of the payer's name or of the reference")
    ordering = ["-pk"]
    fields = [
        "received_on",
        "sum",
        "payer_name",
        "payer_account",
        "reference",
        "suggested",
        "bank_account",
        "fingerprint_shown",
        "statement",
        "line",
        "journal_link",
        "ended",
    ]
    readonly_fields = ["sum", "suggested", "fingerprint_shown", "journal_link", "ended"]
    severe_acts = [ProposeMatch(), ProposeBest(), RequestReturn()]

    @admin.display(description=gettext_lazy("fingerprint"))
    def fingerprint_shown(self, receipt):
        return mono(receipt.fingerprint)

    def headline(self, receipt):
        return Headline(
            pills=[standing_of(receipt)], facts=[yuan(receipt.amount), receipt.bank_account]
        )


class MatchFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "standing"

    def lookups(self, request, model_admin):
        return [
            ("waiting", _("waits for approval")),
            ("approved", _("approved")),
            ("rejected", _("turned down")),
        ]

    def queryset(self, request, queryset):
        wanted = {
            "waiting": "unsettled",
            "approved": "approval",
            "rejected": "rejection",
        }.get(self.value() or "")
        return queryset.filter(**{f"{wanted}__isnull": False}) if wanted else queryset


def match_standing(match):
    """What became of a match, as a word and a tone."""
    if hasattr(match, "unsettled"):
        return _("waits for approval"), "warn"
    if hasattr(match, "approval"):
        return _("approved"), "good"
    return _("turned down"), "quiet"


@admin.register(Match)
class MatchAdmin(EvidenceAdmin):
    list_display = ["of", "account", "sum", "reason", "standing", "proposed_by", "recorded_at"]
    list_filter = [MatchFilter]
    list_select_related = [
        "receipt",
        "quarantined",
        "account",
        "proposed_by",
        "unsettled",
        "approval",
    ]
    ordering = ["-pk"]
    fields = [
        "source_link",
        "account",
        "sum",
        "reason",
        "proposed_by",
        "recorded_at",
        "decided",
        "hash",
    ]
    readonly_fields = ["source_link", "sum", "decided", "hash"]
    severe_acts = [ApproveMatch(), RejectMatch()]

    @admin.display(description=gettext_lazy("money"))
    def of(self, match):
        return str(match.source)

    @admin.display(description=gettext_lazy("money"))
    def source_link(self, match):
        return link(match.source)

    @admin.display(description=gettext_lazy("amount"))
    def sum(self, match):
        return yuan(match.source.amount)

    @admin.display(description=gettext_lazy("state"))
    def standing(self, match):
        return pill(*match_standing(match))

    @admin.display(description=gettext_lazy("SHA-256"))
    def hash(self, match):
        return mono(match.digest)

    @admin.display(description=gettext_lazy("decided"))
    def decided(self, match):
        if hasattr(match, "approval"):
            return _("approved by %s") % match.approval.approved_by
        if hasattr(match, "rejection"):
            return _("turned down by %(person)s: %(reason)s") % {
                "person": match.rejection.rejected_by,
                "reason": match.rejection.reason,
            }
        return "–"

    def headline(self, match):
        return Headline(pills=[match_standing(match)], facts=[yuan(match.source.amount)])
