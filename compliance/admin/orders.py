"""Orders about content with their receipts, and certificates of deletion."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from accounts.admin.finding import AccountField, FoundByAccount
from common.admin import EvidenceAdmin, EvidenceInline, Headline, Outcome, SevereAct, mono, pill
from common.admin.columns import moment
from common.clock import Now, now
from common.moments import validate_moment
from compliance import certificates, orders
from compliance.admin.of_cases import OfCases, case_link
from compliance.exceptions import NotPossible
from compliance.models import (
    Case,
    ContentOrder,
    ContentOrderAlarm,
    ContentOrderReceipt,
    DeletionCertificate,
)

OUTCOME_TONES = {
    orders.WAITING: "warn",
    orders.Outcome.FETCHED: "info",
    orders.Outcome.DONE: "good",
    orders.Outcome.PARTLY: "warn",
    orders.Outcome.FAILED: "bad",
}


class ReceiptsInline(EvidenceInline):
    model = ContentOrderReceipt
    fields = ("outcome", "reference", "done_at", "note", "client", "recorded_at")
    show_change_link = False


class AlarmsInline(EvidenceInline):
    model = ContentOrderAlarm
    fields = ("recorded_at", "told")
    show_change_link = False


class StandingFilter(admin.SimpleListFilter):
    title = pgettext_lazy("of a record", "standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("late", _("late or failed")), ("open", _("not over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "late":
            return queryset.filter(pk__in=orders.for_staff(Now()).values("pk"))
        if self.value() == "open":
            return queryset.exclude(outcome__in=orders.OVER)
        return queryset


@admin.register(ContentOrder)
class ContentOrderAdmin(OfCases, EvidenceAdmin):
    states_at_reading = True
    list_display = ("identifier", "what", "target", "of_case", "standing", "due", "recorded_at")
    list_display_links = ("identifier",)
    list_select_related = ("case",)
    list_filter = (StandingFilter, "what")
    search_fields = ("=public_id", "=target", "=case__public_id")
    search_help_text = gettext_lazy("Identifier of the order or its case, or what it is about")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "identifier", "of_case", "decision", "what", "target", "instruction", "due_at",
        "recorded_at",
    )  # fmt: skip
    readonly_fields = fields
    inlines = (ReceiptsInline, AlarmsInline)

    def get_queryset(self, request: HttpRequest) -> Any:
        return orders.outcomes_of(super().get_queryset(request))

    @admin.display(description=gettext_lazy("identifier"))
    def identifier(self, order: ContentOrder) -> SafeString:
        return mono(order.public_id)

    @admin.display(description=gettext_lazy("case"))
    def of_case(self, order: ContentOrder) -> SafeString:
        return case_link(order.case)

    @admin.display(description=pgettext_lazy("of a record", "standing"))
    def standing(self, order: Any) -> SafeString:
        return pill(*standing_of(order.outcome))

    @admin.display(description=pgettext_lazy("deadline", "by"))
    def due(self, order: Any) -> str:
        late = order.due_at <= order.read_at and order.outcome != orders.Outcome.DONE
        return pill(moment(order.due_at), "bad") if late else moment(order.due_at)

    def headline(self, obj: Any) -> Headline:
        facts = [
            obj.get_what_display(),
            obj.target,
            pgettext("deadline", "by %s") % moment(obj.due_at),
        ]
        return Headline(pills=[standing_of(obj.outcome)], facts=facts)


def standing_of(outcome: str) -> tuple[str, str]:
    """An order's latest outcome as a word, and its colour."""
    waiting = outcome == orders.WAITING
    label = _("not fetched yet") if waiting else str(orders.Outcome(outcome).label)
    return label, OUTCOME_TONES[outcome]


class PaperForm(forms.Form):
    """A certificate that came on paper, scanned."""

    case = forms.CharField(
        label=pgettext_lazy("a matter", "Case"), max_length=40, help_text=gettext_lazy("cas_…")
    )
    account = AccountField(label=gettext_lazy("Account"), max_length=120)
    what = forms.CharField(label=gettext_lazy("What was deleted"), max_length=500)
    signatory = forms.CharField(label=gettext_lazy("Signed by"), max_length=80)
    signed_on = forms.DateField(
        label=gettext_lazy("Signed on"),
        validators=[validate_moment],
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    paper = forms.FileField(
        label=gettext_lazy("The signed paper"),
        help_text=gettext_lazy("PDF, PNG, JPEG or WebP, 10 MB at most."),
    )


class RecordPaper(SevereAct):
    name = "paper"
    label = gettext_lazy("Record one on paper…")
    heading = gettext_lazy("Record a certificate that came on paper")
    explanation = gettext_lazy("The paper becomes evidence of the case and cannot be replaced.")
    confirm = gettext_lazy("Record it")
    permission = "compliance.work_on_case"
    form_class = PaperForm
    on_record = False
    dangerous = False
    needs_fresh_proof = False

    def perform(self, record: Any, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        given = {**answers}
        paper, named = given.pop("paper"), given.pop("case").strip()
        case = Case.objects.seen_by(actor).filter(public_id=named).first()
        if case is None:
            raise NotPossible(_("No case has that identifier."))
        made = certificates.record_paper(
            case=case, by=actor, content=paper.read(), name=paper.name, at=now(), **given
        )
        return Outcome(_("Recorded."), made=made)


@admin.register(DeletionCertificate)
class DeletionCertificateAdmin(OfCases, FoundByAccount, EvidenceAdmin):
    list_display = ("account", "of_case", "what", "signatory", "signed_on", "recorded_at")
    list_display_links = ("account",)
    list_select_related = ("account", "case")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "account", "of_case", "what", "signatory", "signed_on", "document", "submitted_by",
        "recorded_at",
    )  # fmt: skip
    readonly_fields = fields
    severe_acts = (RecordPaper(),)

    @admin.display(description=gettext_lazy("case"))
    def of_case(self, certificate: DeletionCertificate) -> SafeString:
        return case_link(certificate.case)

    def headline(self, obj: Any) -> Headline:
        return Headline(facts=[obj.what, f"{obj.signatory} · {date_format(obj.signed_on)}"])
