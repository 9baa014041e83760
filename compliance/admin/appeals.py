"""Appeals: what waits for somebody who had no part in it, and the answers; read-only."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from common.admin import EvidenceAdmin, Headline, Outcome, SevereAct, mono, pill
from common.admin.columns import moment
from common.clock import now
from common.languages import pick
from compliance import appeals
from compliance.models import Appeal, AppealDecision

Result = AppealDecision.Result


def standing_of(appeal: Appeal) -> tuple[str, str]:
    """What became of an appeal, as a word and a tone."""
    answer = getattr(appeal, "answer", None)
    if answer is None:
        return _("to decide"), "warn"
    return answer.get_result_display(), "good"


class AnswerForm(forms.Form):
    """What comes of it, and why, in both languages."""

    result = forms.ChoiceField(label=gettext_lazy("Result"), choices=Result.choices)
    reasons_zh_hans = forms.CharField(
        label=gettext_lazy("Reasons in Chinese"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    reasons_en = forms.CharField(
        label=gettext_lazy("Reasons in English"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class Answer(SevereAct):
    name = "answer"
    label = gettext_lazy("Decide…")
    heading = gettext_lazy("Decide an appeal")
    explanation = gettext_lazy(
        "Undone: what the decision brought about is taken back, and nothing else. Whoever "
        "appealed is told."
    )
    confirm = gettext_lazy("Decide")
    permission = "compliance.decide_appeal"
    form_class = AnswerForm

    def offered(self, record: Appeal) -> bool:
        return not hasattr(record, "answer")

    def preview(self, record: Appeal) -> str:
        return f"{about(record)}: {appeals.text_of(record)}"

    def detail(self, record: Appeal, *, actor: Any, form: forms.Form) -> None:
        appeals.refuse_involved(record, actor)

    def perform(self, record: Appeal, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        answer = appeals.decide(appeal=record, decided_by=actor, at=now(), **answers)
        return Outcome(_("Decided: %s.") % answer.get_result_display())


def about(appeal: Appeal) -> str:
    return str(appeal.decision or appeal.report or "–")


class StandingFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "standing"

    def lookups(self, request: Any, model_admin: Any) -> Any:
        return [("waiting", _("to decide")), ("decided", _("with an answer"))]

    def queryset(self, request: Any, queryset: Any) -> Any:
        if self.value() == "waiting":
            return queryset.filter(answer=None)
        return queryset.filter(answer__isnull=False) if self.value() == "decided" else queryset


@admin.register(Appeal)
class AppealAdmin(EvidenceAdmin):
    list_display = ["public_id", "of", "by", "standing", "answer_by", "recorded_at"]
    list_display_links = ["public_id"]
    list_filter = [StandingFilter]
    list_select_related = ["decision", "report", "appealed_by", "answer"]
    search_fields = ["public_id__exact"]
    ordering = ["-pk"]
    fields = [
        "case",
        "of",
        "by",
        "objected",
        "attached",
        "recorded_at",
        "answer_by",
        "result",
        "reasons",
        "decided_by",
    ]
    readonly_fields = ["of", "by", "objected", "attached", "result", "reasons", "decided_by"]
    severe_acts = [Answer()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appeal]:
        found: QuerySet[Appeal] = super().get_queryset(request)
        assert isinstance(request.user, User)  # the site lets in nobody else
        if request.user.has_perm("compliance.see_confidential_case"):
            return found
        return found.filter(case__confidential=False)

    @admin.display(description=gettext_lazy("against"))
    def of(self, appeal: Appeal) -> str:
        return about(appeal)

    @admin.display(description=gettext_lazy("appealed by"))
    def by(self, appeal: Appeal) -> str:
        return str(appeal.appealed_by) if appeal.appealed_by else _("a reporter")

    @admin.display(description=gettext_lazy("state"))
    def standing(self, appeal: Appeal) -> str:
        return pill(*standing_of(appeal))

    @admin.display(description=gettext_lazy("what is objected"))
    def objected(self, appeal: Appeal) -> str:
        return appeals.text_of(appeal)

    @admin.display(description=gettext_lazy("files"))
    def attached(self, appeal: Appeal) -> str:
        return ", ".join(appeal.files.order_by("pk").values_list("name", flat=True)) or "–"

    @admin.display(description=gettext_lazy("result"))
    def result(self, appeal: Appeal) -> str:
        return standing_of(appeal)[0]

    @admin.display(description=gettext_lazy("reasons"))
    def reasons(self, appeal: Appeal) -> str:
        answer = getattr(appeal, "answer", None)
        if answer is None:
            return "–"
        return pick(None, zh_hans=answer.reasons_zh_hans, en=answer.reasons_en)

    @admin.display(description=gettext_lazy("decided by"))
    def decided_by(self, appeal: Appeal) -> str:
        answer = getattr(appeal, "answer", None)
        return str(answer.decided_by) if answer else "–"

    def headline(self, obj: Appeal) -> Headline:
        facts = [about(obj), _("answer by %s") % moment(obj.answer_by), mono(obj.public_id)]
        return Headline(pills=[standing_of(obj)], facts=facts)
