"""Applications for label exemptions and the exemptions granted, as staff see them (3.6.2)."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from accounts.admin.access import facts_of
from accounts.admin.finding import FoundByAccount
from accounts.admin.label_acts import Decline, Grant, ProposeGrant, Revoke, scope_of
from accounts.enforcement import applied
from accounts.models import (
    LabelApplication,
    LabelApplicationState,
    LabelExemption,
    LabelExemptionEnd,
    LabelProposal,
    LabelUndertaking,
)
from common import clock
from common.admin import EvidenceAdmin, EvidenceInline, Headline, clause, moment, mono, pill
from common.languages import listed

State = LabelApplicationState
TONES = {
    State.WAITING: "warn",
    State.PROPOSED: "warn",
    State.GRANTED: "good",
    State.DECLINED: "bad",
    State.WITHDRAWN: "quiet",
}
ENDS_SOON = timedelta(days=30)


def case_link(number: str) -> SafeString | str:
    """The way to a case: search finds it by its number, in whatever app it is."""
    if not number:
        return "–"
    address = f"{reverse('admin:search')}?{urlencode({'q': number})}"
    return format_html('<a href="{}">{}</a>', address, number)


class ApplicationFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("to_propose", _("to look at")),
            ("to_approve", pgettext("a label exemption", "to grant")),
            ("open", _("not over")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found = {
            "to_propose": LabelApplication.objects.to_propose,
            "to_approve": LabelApplication.objects.to_approve,
            "open": LabelApplication.objects.open,
        }.get(self.value() or "")
        return queryset.filter(pk__in=found().values("pk")) if found else queryset


class UndertakingsInline(EvidenceInline):
    model = LabelUndertaking
    fields = ("number", "said", "sha256")
    show_change_link = False
    verbose_name_plural = gettext_lazy("what was promised, as shown")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LabelUndertaking]:
        rows: QuerySet[LabelUndertaking] = super().get_queryset(request)
        return rows.select_related("clause", "words").order_by("pk")

    @admin.display(description=gettext_lazy("clause"))
    def number(self, one: LabelUndertaking) -> SafeString:
        return clause(one.clause.number)

    @admin.display(description=gettext_lazy("words"))
    def said(self, one: LabelUndertaking) -> str:
        return f"{one.words.heading} {one.words.body}".strip()


class ProposalsInline(EvidenceInline):
    model = LabelProposal
    fields = ("last_day", "reason", "case", "proposed_by", "recorded_at")
    show_change_link = False
    verbose_name_plural = gettext_lazy("proposals")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LabelProposal]:
        rows: QuerySet[LabelProposal] = super().get_queryset(request)
        return rows.select_related("proposed_by")

    @admin.display(description=gettext_lazy("case"))
    def case(self, proposal: LabelProposal) -> SafeString | str:
        return case_link(proposal.case_reference)


@admin.register(LabelApplication)
class LabelApplicationAdmin(FoundByAccount, EvidenceAdmin):
    list_display = ("identifier", "account", "codes", "standing", "asked_by", "recorded_at")
    list_display_links = ("identifier",)
    list_filter = (ApplicationFilter,)
    list_select_related = ("account", "asked_by", "end")
    list_prefetches = ("proposals__exemptions",)
    search_fields = ("account", "public_id")
    search_help_text = gettext_lazy("Identifier, or the account's name or identifier")
    ordering = ("-pk",)
    fields = (
        "account",
        "scope",
        "purpose",
        "agreed",
        "text_sha256",
        "asked_by",
        "recorded_at",
        "granted",
        "ended",
    )
    readonly_fields = fields
    inlines = (UndertakingsInline, ProposalsInline)
    severe_acts = (ProposeGrant(), Grant(), Decline())

    def get_queryset(self, request: HttpRequest) -> Any:
        proposals = LabelProposal.objects.select_related("proposed_by")
        return super().get_queryset(request).prefetch_related(Prefetch("proposals", proposals))

    @admin.display(description=gettext_lazy("identifier"))
    def identifier(self, application: LabelApplication) -> SafeString:
        return mono(application.public_id)

    @admin.display(description=pgettext_lazy("a label exemption", "for"))
    def codes(self, application: LabelApplication) -> str:
        return listed(application.services) or _("the whole account")

    @admin.display(description=pgettext_lazy("a label exemption", "for"))
    def scope(self, application: LabelApplication) -> str:
        return scope_of(application)

    @admin.display(description=gettext_lazy("state"))
    def standing(self, application: LabelApplication) -> SafeString:
        return pill(application.state.label, TONES[application.state])

    @admin.display(description=gettext_lazy("clause as agreed"))
    def agreed(self, application: LabelApplication) -> SafeString:
        return format_html("{} {}", clause(application.clause.number), application.clause.version)

    @admin.display(description=pgettext_lazy("a label exemption", "granted"))
    def granted(self, application: LabelApplication) -> SafeString | str:
        links = [
            format_html(
                '<a href="{}">{}</a>',
                reverse("admin:accounts_labelexemption_change", args=[one.pk]),
                f"{one.service or _('the whole account')} – {one.last_day}",
            )
            for one in application.exemptions
        ]
        return SafeString("<br>").join(links) if links else "–"

    @admin.display(description=pgettext_lazy("a label exemption", "ended"))
    def ended(self, application: LabelApplication) -> str:
        if not hasattr(application, "end"):
            return "–"
        end = application.end
        parts = [end.get_kind_display(), end.ended_by, moment(end.recorded_at), end.reason_in(None)]
        return " · ".join(str(part) for part in parts if part)

    def headline(self, obj: LabelApplication) -> Headline:
        return Headline(
            pills=[(obj.state.label, TONES[obj.state])], facts=[str(obj.account), scope_of(obj)]
        )


class ExemptionFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("standing", pgettext("a label exemption", "in force")),
            ("soon", _("ends within 30 days")),
            ("revoked", pgettext("a label exemption", "revoked")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        at = clock.now()
        standing = LabelExemption.objects.standing(at).values("pk")
        match self.value():
            case "standing":
                return queryset.filter(pk__in=standing)
            case "soon":
                return queryset.filter(pk__in=standing, ends_at__lte=at + ENDS_SOON)
            case "revoked":
                return queryset.filter(end__kind=LabelExemptionEnd.Kind.REVOKED)
        return queryset


def standing_of(exemption: LabelExemption, at: Any) -> tuple[str, str]:
    """How an exemption stands at a moment, as a word and a tone."""
    if hasattr(exemption, "end"):
        revoked = exemption.end.kind == LabelExemptionEnd.Kind.REVOKED
        return exemption.end.get_kind_display(), "bad" if revoked else "quiet"
    if exemption.ends_at <= at:
        return pgettext("a label exemption", "over"), "quiet"
    return pgettext("a label exemption", "in force"), "good"


@admin.register(LabelExemption)
class LabelExemptionAdmin(FoundByAccount, EvidenceAdmin):
    states_at_reading = True
    list_display = ("identifier", "account", "what", "standing", "last_day", "recorded_at")
    list_display_links = ("identifier",)
    list_filter = (ExemptionFilter,)
    list_select_related = ("account", "service", "end")
    search_fields = ("account", "public_id")
    search_help_text = gettext_lazy("Identifier, or the account's name or identifier")
    ordering = ("-pk",)
    fields = (
        "account",
        "what",
        "label",
        "application",
        "recorded_at",
        "last_day",
        "ends_at",
        "proposed",
        "approved_by",
        "reason",
        "ended",
        "case",
    )
    readonly_fields = fields
    severe_acts = (Revoke(),)

    @admin.display(description=gettext_lazy("identifier"))
    def identifier(self, exemption: LabelExemption) -> SafeString:
        return mono(exemption.public_id)

    @admin.display(description=pgettext_lazy("a label exemption", "for"))
    def what(self, exemption: LabelExemption) -> str:
        return str(exemption.service or _("the whole account"))

    @admin.display(description=gettext_lazy("state"))
    def standing(self, exemption: Any) -> SafeString:
        return pill(*standing_of(exemption, exemption.read_at))

    @admin.display(description=gettext_lazy("application"))
    def application(self, exemption: LabelExemption) -> SafeString:
        asked = exemption.proposal.application
        address = reverse("admin:accounts_labelapplication_change", args=[asked.pk])
        return format_html('<a href="{}">{}</a>', address, asked)

    @admin.display(description=gettext_lazy("proposed by"))
    def proposed(self, exemption: LabelExemption) -> str:
        return str(exemption.proposal.proposed_by)

    @admin.display(description=pgettext_lazy("a label exemption", "ended"))
    def ended(self, exemption: LabelExemption) -> str:
        if not hasattr(exemption, "end"):
            return "–"
        end = exemption.end
        number = end.clause.number if end.clause else ""
        parts = [end.get_kind_display(), end.ended_by, moment(end.recorded_at), number]
        return " · ".join(str(part) for part in [*parts, end.reason_in(None)] if part)

    @admin.display(description=gettext_lazy("case"))
    def case(self, exemption: LabelExemption) -> SafeString | str:
        end = getattr(exemption, "end", None)
        return case_link(end.case_reference if end else exemption.proposal.case_reference)

    def headline(self, obj: LabelExemption) -> Headline:
        end = getattr(obj, "end", None)
        written = applied.Written(
            f"exemption-{obj.pk}", bool(end), end.recorded_at if end else obj.recorded_at
        )
        on_gateways = applied.applied([written]) if end or obj.ends_at > clock.now() else None
        return Headline(
            pills=[standing_of(obj, clock.now())],
            facts=[str(obj.account), self.what(obj), *facts_of(on_gateways)],
        )
