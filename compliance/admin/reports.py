"""The list of reports, one report with its case and answers, and the acts on them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from common.admin import EvidenceAdmin, EvidenceInline, Headline, mono, pill
from compliance import report_reading
from compliance.admin.report_acts import ACTS
from compliance.models import Report, ReportOutcome
from compliance.models.reports import receipt_in

Verdict = ReportOutcome.Verdict
VERDICT_TONES = {Verdict.ACTED: "good", Verdict.NOT_ACTED: "quiet", Verdict.ELSEWHERE: "info"}
LISTED = (
    "receipt",
    "channel",
    "kind",
    "about_text",
    "recorded_at",
    "about__name",
    "about__public_id",
    "about__kind",
    "case__title",
    "case__state",
    "case__public_id",
    "untold__report_id",
)


class StandingFilter(admin.SimpleListFilter):
    title = pgettext_lazy("of a report", "answer")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("to_be_told", _("to be given now")),
            ("untold", _("not given yet")),
            ("told", _("given")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in ("to_be_told", "untold", "told"):
            found: QuerySet[Any] = getattr(queryset, self.value() or "")()
            return found
        return queryset


class OutcomesInline(EvidenceInline):
    model = ReportOutcome
    fields = ("verdict", "words_zh_hans", "words_en", "told_by", "recorded_at")
    show_change_link = False
    verbose_name_plural = gettext_lazy("answers")


class ReportsInline(EvidenceInline):
    """For the page of a case: what was reported."""

    model = Report
    fields = ("receipt", "channel", "kind", "recorded_at")
    verbose_name_plural = gettext_lazy("reports")


@admin.register(Report)
class ReportAdmin(EvidenceAdmin):
    list_display = ("number", "kind", "what", "channel", "its_case", "answered", "recorded_at")
    list_display_links = ("number",)
    list_select_related = ("about", "case", "untold")
    list_reads = LISTED
    list_filter = (StandingFilter, "channel", "kind")
    search_fields = ("receipt",)
    search_help_text = gettext_lazy("The whole receipt number")
    ordering = ("-pk",)
    fields = (
        "receipt",
        "its_case",
        "kind",
        "policy",
        "what",
        "location",
        "said",
        "found",
        "channel",
        "medium",
        "filed_by",
        "client",
        "contact",
        "on_behalf_of",
        "language",
        "recorded_at",
    )
    readonly_fields = fields
    inlines = (OutcomesInline,)
    severe_acts = ACTS

    def get_queryset(self, request: HttpRequest) -> Any:
        rows: Any = super().get_queryset(request)
        return rows.seen_by(request.user).select_related("case", "about", "untold")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        receipt = receipt_in(search_term)
        return (queryset.filter(receipt=receipt) if receipt else queryset.none()), False

    @admin.display(description=gettext_lazy("receipt number"))
    def number(self, report: Report) -> SafeString:
        return mono(report.receipt)

    @admin.display(description=gettext_lazy("about"))
    def what(self, report: Report) -> str:
        named = [str(report.about)] if report.about else []
        return " · ".join([*named, *filter(None, [report.about_text])])

    @admin.display(description=gettext_lazy("case"))
    def its_case(self, report: Report) -> SafeString:
        return case_link(report)

    @admin.display(description=pgettext_lazy("of a report", "answer"))
    def answered(self, report: Report) -> SafeString:
        return (
            pill(_("given"), "good")
            if not is_untold(report)
            else pill(pgettext("of a report", "open"), "warn")
        )

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        report: Any = super().get_object(request, object_id, from_field)
        if report is not None:
            report.read_by = request.user
        return report

    @admin.display(description=gettext_lazy("statement"))
    def said(self, report: Any) -> SafeString:
        text = report_reading.statement_of(report, reader=report.read_by)
        return format_html_join("", "<p>{}</p>", ((line,) for line in text.splitlines() if line))

    @admin.display(description=gettext_lazy("what the platform found"))
    def found(self, report: Report) -> SafeString:
        rows = (
            (" · ".join(f"{name}: {value}" for name, value in signal.items()),)
            for signal in report.signals
        )
        return format_html_join("", "<p>{}</p>", rows)

    @admin.display(description=gettext_lazy("reporter"))
    def contact(self, report: Report) -> str:
        return str(report_reading.masked_contact(report)) or _("not known")

    @admin.display(description=gettext_lazy("on behalf of an account"))
    def on_behalf_of(self, report: Report) -> str:
        return _("yes") if report.reporter_account_id else _("no")

    def headline(self, obj: Report) -> Headline:
        pills = [(_("answer open"), "warn")] if is_untold(obj) else []
        latest = obj.outcomes.last()
        if latest is not None:
            pills.append((latest.get_verdict_display(), VERDICT_TONES[Verdict(latest.verdict)]))
        return Headline(pills=pills, facts=[obj.get_kind_display(), case_link(obj)])


def is_untold(report: Report) -> bool:
    return hasattr(report, "untold")


def case_link(report: Report) -> SafeString:
    """The case with its state, with a link for as long as cases have a page."""
    case = report.case
    text = f"{case.title} · {case.get_state_display()}"
    try:
        address = reverse("admin:compliance_case_change", args=[case.pk])
    except NoReverseMatch:
        return format_html("{}", text)
    return format_html('<a href="{}">{}</a>', address, text)
