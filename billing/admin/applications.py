"""Refund applications of customers, and the acts that answer them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.finding import FoundByAccount
from billing.admin.application_acts import Decline, Prepare
from billing.models import ApplicationState, RefundApplication, RefundApplicationAnswer
from billing.money import shown
from common.admin import EvidenceAdmin, EvidenceInline, Headline, clause, mono, pill

TONES = {
    ApplicationState.WAITING: "warn",
    ApplicationState.DECIDING: "info",
    ApplicationState.REFUNDED: "good",
    ApplicationState.DECLINED: "bad",
    ApplicationState.WITHDRAWN: "quiet",
}


class StandingFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", _("waiting for an answer")), ("open", _("not over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "waiting":
            return queryset.waiting()  # type: ignore[attr-defined]
        if self.value() == "open":
            return queryset.open()  # type: ignore[attr-defined]
        return queryset


class AnswersInline(EvidenceInline):
    model = RefundApplicationAnswer
    fields = (
        "kind",
        "request",
        "reason_zh_hans",
        "reason_en",
        "answered_by",
        "recorded_at",
    )
    show_change_link = False
    verbose_name_plural = gettext_lazy("answers")


@admin.register(RefundApplication)
class RefundApplicationAdmin(FoundByAccount, EvidenceAdmin):
    list_display = ("identifier", "account", "asked", "state", "asked_by", "recorded_at")
    list_display_links = ("identifier",)
    list_select_related = ("account", "asked_by")
    list_filter = (StandingFilter,)
    search_fields = ("account", "public_id")
    search_help_text = gettext_lazy("Identifier, or the account's name or identifier")
    ordering = ("-pk",)
    fields = (
        "account",
        "asked",
        "could",
        "reason",
        "number",
        "asked_by",
        "recorded_at",
    )
    readonly_fields = fields
    inlines = (AnswersInline,)
    severe_acts = (Prepare(), Decline())

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_answers()

    @admin.display(description=gettext_lazy("identifier"))
    def identifier(self, application: RefundApplication) -> SafeString:
        return mono(application.public_id)

    @admin.display(description=gettext_lazy("asked for"))
    def asked(self, application: RefundApplication) -> SafeString:
        return _yuan(application.amount)

    @admin.display(description=gettext_lazy("refundable at most when asked"))
    def could(self, application: RefundApplication) -> SafeString:
        return _yuan(application.refundable)

    @admin.display(description=gettext_lazy("clause as agreed"))
    def number(self, application: RefundApplication) -> SafeString | str:
        agreed = application.clause
        return format_html("{} {}", clause(agreed.number), agreed.version) if agreed else "–"

    @admin.display(description=gettext_lazy("state"))
    def state(self, application: RefundApplication) -> SafeString:
        return pill(application.state.label, TONES[application.state])

    def headline(self, obj: RefundApplication) -> Headline:
        return Headline(
            pills=[(obj.state.label, TONES[obj.state])],
            facts=[str(obj.account), _yuan(obj.amount)],
        )


def _yuan(micro: int) -> SafeString:
    return format_html('<span class="num">¥\u00a0{}</span>', shown(micro))
