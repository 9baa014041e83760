"""The chart of accounts, its rules, tax rates and closed periods: to be looked at only."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from billing.admin.columns import link
from billing.models import LedgerAccount, LegRule, PeriodClose, PeriodCloseProposal, TaxRate
from common.admin import EvidenceAdmin, EvidenceInline, mono
from common.languages import pick


class LegRuleInline(EvidenceInline):
    model = LegRule
    fields = ("kind", "sign")
    readonly_fields = fields
    show_change_link = False


@admin.register(LedgerAccount)
class LedgerAccountAdmin(EvidenceAdmin):
    list_display = ("number", "type", "name")
    ordering = ("code",)
    inlines = (LegRuleInline,)

    @admin.display(description=_("code"), ordering="code")
    def number(self, account: LedgerAccount) -> str:
        return mono(str(account.code))

    @admin.display(description=_("name"))
    def name(self, account: LedgerAccount) -> str:
        return pick(None, zh_hans=account.name_zh_hans, en=account.name_en)


@admin.register(LegRule)
class LegRuleAdmin(EvidenceAdmin):
    list_display = ("kind", "account", "sign")
    list_filter = ("kind", "sign")
    list_select_related = ("account",)
    ordering = ("kind", "account", "sign")


@admin.register(TaxRate)
class TaxRateAdmin(EvidenceAdmin):
    list_display = ("__str__", "in_force_from", "recorded_at")
    ordering = ("-in_force_from",)


@admin.register(PeriodCloseProposal)
class PeriodCloseProposalAdmin(EvidenceAdmin):
    list_display = ("through", "proposed_by", "recorded_at", "closed")
    list_select_related = ("proposed_by", "close")
    ordering = ("-pk",)

    @admin.display(description=_("closed"))
    def closed(self, proposal: Any) -> str:
        return link(getattr(proposal, "close", None))


@admin.register(PeriodClose)
class PeriodCloseAdmin(EvidenceAdmin):
    list_display = ("through", "approved_by", "recorded_at")
    list_select_related = ("approved_by",)
    ordering = ("-pk",)
