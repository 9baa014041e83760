"""Decisions: what waits for a second person, and what became of the others; read-only."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts import limits
from accounts.enforcement import applied
from accounts.models import ApiKey, User
from billing.money import shown
from common.admin import EvidenceAdmin, Headline, Outcome, ReasonForm, SevereAct, mono, pill
from common.clock import now
from common.languages import listed, pick
from compliance import decisions, felt, names, superseding
from compliance.exceptions import Stale
from compliance.models import Action, Decision
from compliance.statements import statement_in


def standing_of(decision: Decision) -> tuple[str, str]:
    """What became of a decision, as a word and a tone."""
    if hasattr(decision, "reversal"):
        return (_("undone") if decision.reversal.appeal_id else _("superseded")), "quiet"
    if hasattr(decision, "approval"):
        return _("approved"), "good"
    if hasattr(decision, "rejection"):
        stale = decision.rejection.stale
        return (_("out of date") if stale else _("sent back")), "quiet"
    return _("to approve"), "warn"


def is_waiting(decision: Decision) -> bool:
    return not hasattr(decision, "approval") and not hasattr(decision, "rejection")


class StandingFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "standing"

    def lookups(self, request: Any, model_admin: Any) -> Any:
        return [
            ("waiting", _("to approve")),
            ("approved", _("approved")),
            ("undone", _("undone or superseded")),
            ("sent_back", _("sent back")),
        ]

    def queryset(self, request: Any, queryset: Any) -> Any:
        chosen: dict[str, dict[str, Any]] = {
            # By the state of the case first: of those there are few, and an index.
            "waiting": {"case__state": "proposed", "approval": None, "rejection": None},
            "approved": {"approval__isnull": False, "reversal": None},
            "undone": {"reversal__isnull": False},
            "sent_back": {"rejection__isnull": False},
        }
        wanted = chosen.get(self.value() or "")
        return queryset.filter(**wanted) if wanted else queryset


class Approve(SevereAct):
    name = "approve"
    label = gettext_lazy("Approve…")
    heading = gettext_lazy("Approve decisions")
    explanation = gettext_lazy(
        "Exactly what is shown takes effect, with prior notice unless it says at once. The "
        "account is given the reasons, and can appeal."
    )
    confirm = gettext_lazy("Approve")
    permission = "compliance.approve_decision"
    form_class = forms.Form
    on_selection = True

    def offered(self, record: Decision) -> bool:
        return is_waiting(record)

    def preview(self, record: Decision) -> str:
        if not is_waiting(record):
            return _("Decided already.")
        return in_words(record)

    def detail(self, record: Decision, *, actor: Any, form: forms.Form) -> None:
        if is_waiting(record):
            decisions.refuse_own(record, actor)

    def version(self, record: Decision) -> str:
        return record.digest

    def perform(self, record: Decision, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        try:
            decisions.approve(decision=record, approved_by=actor, at=now())
        except Stale as stale:
            # That it was sent back is to be kept, so this is an outcome and no refusal.
            return Outcome(str(stale))
        return Outcome(_("Approved."))


class SendBack(SevereAct):
    name = "send_back"
    label = gettext_lazy("Send back…")
    heading = gettext_lazy("Send decisions back, or take one's own back")
    explanation = gettext_lazy("The case goes on; the decision can be proposed anew.")
    confirm = gettext_lazy("Send back")
    # Whoever proposed may take it back; the verbs look at whose it is.
    permission = "compliance.propose_decision"
    form_class = ReasonForm
    on_selection = True
    needs_fresh_proof = False

    def offered(self, record: Decision) -> bool:
        return is_waiting(record)

    def preview(self, record: Decision) -> str:
        return in_words(record) if is_waiting(record) else _("Decided already.")

    def perform(self, record: Decision, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        reason = answers["reason"]
        if record.proposed_by_id == actor.pk:
            decisions.withdraw(decision=record, by=actor, reason=reason, at=now())
            return Outcome(_("Taken back."))
        decisions.send_back(decision=record, by=actor, reason=reason, at=now())
        return Outcome(_("Sent back."))


def in_words(decision: Decision) -> str:
    """Action, scope, limits and term in one line."""
    parts = [str(Action(decision.action).label), scope_of(decision)]
    if decision.limits:
        parts.append(limits.in_words(decision.limits))
    if decision.amount is not None:
        parts.append(f"CNY {shown(decision.amount)}")
    if decision.action == Action.NAME_CANCELLATION:
        parts += names.in_words(decision.order)
    elif decision.order:
        parts.append(f"{decision.order['what']} {decision.order['target']}")
    if decision.days:
        parts.append(_("for %s days") % decision.days)
    if decision.at_once:
        parts.append(_("at once"))
    if decision.generic_sms:
        parts.append(_("SMS only says: log in to read"))
    if decision.supersedes:
        parts.append(superseding.in_words(decision))
    return " · ".join(str(part) for part in [decision.account, *parts] if part)


def scope_of(decision: Decision) -> str:
    keys = ApiKey.objects.filter(pk__in=decision.api_key_ids).order_by("pk")
    named = [decision.service, decision.model, decision.region]
    return listed([str(one) for one in named if one] + [str(key) for key in keys])


@admin.register(Decision)
class DecisionAdmin(EvidenceAdmin):
    list_display = ["public_id", "action", "account", "standing", "proposed_by", "recorded_at"]
    list_display_links = ["public_id"]
    list_filter = [StandingFilter, "action"]
    list_select_related = [
        "account",
        "proposed_by",
        "approval",
        "rejection",
        "reversal",
    ]
    search_fields = ["public_id__exact"]
    ordering = ["-pk"]
    fields = [
        "case",
        "account",
        "policy_version",
        "clause",
        "clause_at_conduct",
        "words",
        "facts",
        "reasons",
        "grounds",
        "supersedes",
        "strike_points",
        "proposed_by",
        "recorded_at",
        "decided",
        "change",
        "statement",
        "hashes",
    ]
    readonly_fields = ["words", "facts", "reasons", "decided", "change", "statement", "hashes"]
    severe_acts = [Approve(), SendBack()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Decision]:
        """Decisions in confidential cases are for those who may see such cases."""
        found: QuerySet[Decision] = super().get_queryset(request)
        assert isinstance(request.user, User)  # the site lets in nobody else
        if request.user.has_perm("compliance.see_confidential_case"):
            return found
        return found.filter(case__confidential=False)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self._statement_file)
        return [
            path("<path:object_id>/statement.pdf", view, name="compliance_decision_statement"),
            *super().get_urls(),
        ]

    def _statement_file(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The statement as it was given, byte for byte."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        decision = self.get_object(request, object_id)
        if decision is None:
            raise Http404
        statement = statement_in(decision, get_language() or "")
        if statement is None:
            raise Http404
        response = HttpResponse(bytes(statement.pdf), content_type="application/pdf")
        name = f"{decision.public_id}-{statement.language}.pdf"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "no-store"
        return response

    @admin.display(description=gettext_lazy("state"))
    def standing(self, decision: Decision) -> str:
        return pill(*standing_of(decision))

    @admin.display(description=gettext_lazy("what is decided"))
    def words(self, decision: Decision) -> str:
        return in_words(decision)

    @admin.display(description=gettext_lazy("facts"))
    def facts(self, decision: Decision) -> str:
        return pick(None, zh_hans=decision.facts_zh_hans, en=decision.facts_en)

    @admin.display(description=gettext_lazy("reasons"))
    def reasons(self, decision: Decision) -> str:
        return pick(None, zh_hans=decision.reasons_zh_hans, en=decision.reasons_en)

    @admin.display(description=gettext_lazy("decided"))
    def decided(self, decision: Decision) -> str:
        if hasattr(decision, "approval"):
            return _("approved by %s") % decision.approval.approved_by
        if hasattr(decision, "rejection"):
            return _("sent back by %(person)s: %(reason)s") % {
                "person": decision.rejection.rejected_by,
                "reason": decision.rejection.reason,
            }
        return "–"

    @admin.display(description=gettext_lazy("change"))
    def change(self, decision: Decision) -> str:
        effect = getattr(decision, "effect", None)
        if effect is None or effect.change is None:
            return "–"
        on_gateways = applied.of_change(effect.change.uuid)
        words = [
            str(effect.change),
            felt.in_words(felt.felt_by(decision), at=now()),
            on_gateways.in_words() if on_gateways else "",
        ]
        return " · ".join(filter(None, words))

    @admin.display(description=gettext_lazy("statement of reasons"))
    def statement(self, decision: Decision) -> str:
        found = statement_in(decision, get_language() or "")
        return found.text if found else "–"

    @admin.display(description=gettext_lazy("SHA-256"))
    def hashes(self, decision: Decision) -> SafeString:
        return mono(decision.digest)

    def headline(self, obj: Decision) -> Headline:
        return Headline(
            pills=[standing_of(obj)],
            facts=[Action(obj.action).label, str(obj.account or "–"), mono(obj.public_id)],
        )
