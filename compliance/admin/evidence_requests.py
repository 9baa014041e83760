"""Who may look: requests to see sensitive files, and leaves given by customers."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from accounts.admin.finding import FoundByAccount
from common.admin import EvidenceAdmin, EvidenceInline, Headline, mono, pill
from common.admin.columns import moment
from compliance.admin.evidence_acts import Allow, Refuse, TakeBack
from compliance.admin.of_cases import OfCases, case_link
from compliance.models import (
    EvidenceGrant,
    EvidenceGrantRequest,
    InteractionGrant,
    InteractionGrantEnd,
)


class AnswerInline(EvidenceInline):
    model = EvidenceGrant
    fields = ("allowed", "answered_by", "reason", "ends_at", "recorded_at")
    verbose_name_plural = pgettext_lazy("of a request", "answer")
    show_change_link = False


class WaitingFilter(admin.SimpleListFilter):
    title = pgettext_lazy("of a request", "answer")
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", _("waiting for an answer"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(grant=None) if self.value() == "waiting" else queryset


@admin.register(EvidenceGrantRequest)
class EvidenceGrantRequestAdmin(OfCases, EvidenceAdmin):
    path_to_case = "evidence__case"
    states_at_reading = True
    list_display = ("evidence", "of_case", "requested_by", "hours", "standing", "recorded_at")
    list_display_links = ("evidence",)
    list_select_related = ("evidence__case", "requested_by", "grant__end")
    list_filter = (WaitingFilter,)
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "evidence", "of_case", "requested_by", "reason", "hours", "recorded_at", "taken_back",
    )  # fmt: skip
    readonly_fields = fields
    inlines = (AnswerInline,)
    severe_acts = (Allow(), Refuse(), TakeBack())

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who took it back stands there once somebody did."""
        ended = hasattr(getattr(obj, "grant", None), "end")
        return [name for name in self.fields if ended or name != "taken_back"]

    @admin.display(description=gettext_lazy("case"))
    def of_case(self, request: EvidenceGrantRequest) -> SafeString:
        return case_link(request.evidence.case)

    @admin.display(description=pgettext_lazy("of a record", "standing"))
    def standing(self, request: Any) -> SafeString:
        return pill(*_standing(request))

    @admin.display(description=gettext_lazy("taken back"))
    def taken_back(self, request: Any) -> str:
        end = request.grant.end
        return f"{moment(end.recorded_at)} · {end.ended_by} · {end.reason}"

    def headline(self, obj: Any) -> Headline:
        return Headline(pills=[_standing(obj)], facts=[str(obj.requested_by)])


def _standing(request: Any) -> tuple[str, str]:
    answer = getattr(request, "grant", None)
    if answer is None:
        return _("waiting for an answer"), "warn"
    if not answer.allowed:
        return pgettext("of a request", "refused"), "bad"
    if hasattr(answer, "end"):
        return _("taken back"), "bad"
    over = answer.ends_at <= request.read_at
    return (_("over"), "quiet") if over else (_("allowed"), "good")


class EndInline(EvidenceInline):
    model = InteractionGrantEnd
    fields = ("ended_by", "recorded_at")
    verbose_name_plural = pgettext_lazy("of a leave", "end")
    show_change_link = False


@admin.register(InteractionGrant)
class InteractionGrantAdmin(OfCases, FoundByAccount, EvidenceAdmin):
    states_at_reading = True
    list_display = ("identifier", "account", "of_case", "standing", "ends_at", "recorded_at")
    list_display_links = ("identifier",)
    list_select_related = ("account", "case", "end")
    search_fields = ("account", "public_id")
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("account", "of_case", "scope", "ends_at", "given_by", "ip_address", "recorded_at")
    readonly_fields = fields
    inlines = (EndInline,)

    @admin.display(description=gettext_lazy("identifier"))
    def identifier(self, grant: InteractionGrant) -> SafeString:
        return mono(grant.public_id)

    @admin.display(description=gettext_lazy("case"))
    def of_case(self, grant: InteractionGrant) -> SafeString:
        return case_link(grant.case)

    @admin.display(description=pgettext_lazy("of a record", "standing"))
    def standing(self, grant: Any) -> SafeString:
        return pill(*_holds(grant))

    def headline(self, obj: Any) -> Headline:
        return Headline(pills=[_holds(obj)], facts=[str(obj.account), obj.case.title])


def _holds(grant: Any) -> tuple[str, str]:
    if hasattr(grant, "end"):
        return _("taken back"), "bad"
    return (_("over"), "quiet") if grant.ends_at <= grant.read_at else (_("in force"), "good")
