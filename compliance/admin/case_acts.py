"""What staff do to cases: open, claim, sort, escalate, ask, note, close."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from accounts.admin.finding import AccountField
from accounts.models import User
from common.admin import Outcome, ReasonForm, SevereAct
from common.admin.columns import moment
from common.admin.moment_widget import MomentWidget
from common.clock import now
from common.moments import validate_moment
from compliance import cases, inquiries
from compliance.exceptions import NotPossible
from compliance.models import Case, CaseKind, CaseTask, Policy, Severity

State = Case.State
WORK = "compliance.work_on_case"


def page_of(case: Case) -> str:
    return reverse("admin:compliance_case_change", args=[case.pk])


class Nothing(forms.Form):
    """Nothing to fill in: the preview is what counts."""


class CaseAct(SevereAct):
    """An act offered in certain states of a case that the person may work on."""

    states: tuple[str, ...] = tuple(State)
    permission = WORK
    dangerous = False
    needs_fresh_proof = False
    pins_preview = False

    def offered(self, record: Case) -> bool:
        return record.state in self.states

    def version(self, record: Case) -> str:
        return f"{record.state} {record.edition}"

    def preview(self, record: Case) -> str:
        by = _("%s works on it.") % record.assignee if record.assignee else _("Nobody works on it.")
        due = _("Due %s.") % moment(record.due_at) if record.due_at else ""
        return f"{record.get_kind_display()} · {record.get_state_display()}. {by} {due}".strip()


class OpenForm(ReasonForm):
    """What it is about, and why somebody has to look."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=CaseKind.choices)
    title = forms.CharField(label=gettext_lazy("Title"), max_length=160)
    account = AccountField(
        label=gettext_lazy("Account"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Its identifier or name, or a member's phone or e-mail."),
    )
    subject = forms.CharField(
        label=gettext_lazy("Or what else it is about"), max_length=200, required=False
    )
    policy = forms.ModelChoiceField(
        label=gettext_lazy("Policy"), queryset=Policy.objects.all(), required=False
    )
    severity = forms.TypedChoiceField(
        label=gettext_lazy("Severity"),
        choices=[("", gettext_lazy("as the policy says")), *Severity.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    confidential = forms.BooleanField(label=gettext_lazy("Confidential"), required=False)
    field_order = (
        "kind",
        "title",
        "account",
        "subject",
        "policy",
        "severity",
        "confidential",
        "reason",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned["account"] and not cleaned["subject"].strip():
            self.add_error("account", _("Say what it is about: an account, a person or a name."))
        return cleaned


class Open(CaseAct):
    name = "open"
    label = gettext_lazy("Open a case…")
    heading = gettext_lazy("Open a case")
    explanation = gettext_lazy(
        "If a case of that kind about that subject is open already, you are led there."
    )
    confirm = gettext_lazy("Open it")
    form_class = OpenForm
    on_record = False

    def perform(self, record: Any, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        case, new = cases.open_or_join(
            kind=answers["kind"],
            title=answers["title"],
            account=answers["account"],
            subject=answers["subject"],
            policy=answers["policy"],
            severity=answers["severity"],
            confidential=answers["confidential"],
            opened_by=actor,
            at=now(),
        )
        if not new and case.confidential and not actor.has_perm("compliance.see_confidential_case"):
            # That there is one is as much as this person may know.
            raise NotPossible(_("A case about that is open already, and it is confidential."))
        cases.note(case=case, by=actor, text=answers["reason"])
        said = _("Opened.") if new else _("This case was open already: your reason was added.")
        return Outcome(said, made=case, url=page_of(case))


class Claim(CaseAct):
    name = "claim"
    label = gettext_lazy("Take it…")
    heading = gettext_lazy("Work on this case")
    confirm = gettext_lazy("Take it")
    form_class = Nothing
    states = (*cases.WORKED_ON, State.WAITING, State.DECIDED)
    on_selection = True

    def offered(self, record: Case) -> bool:
        return super().offered(record) and record.assignee_id is None

    def perform(self, record: Case, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        cases.claim(case=record, by=actor, at=now())
        return Outcome(_("You work on it now."))


class Release(CaseAct):
    name = "release"
    label = pgettext_lazy("of a case", "Release…")
    heading = gettext_lazy("Give the case back to its queue")
    confirm = gettext_lazy("Release it")
    on_selection = True

    def offered(self, record: Case) -> bool:
        return record.is_open and record.assignee_id is not None

    def perform(self, record: Case, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        cases.release(case=record, by=actor, reason=answers["reason"])
        return Outcome(pgettext("of a case", "Released."))


class SortForm(forms.Form):
    """How grave it is, and on which policy."""

    severity = forms.TypedChoiceField(
        label=gettext_lazy("Severity"), choices=Severity.choices, coerce=int
    )
    policy = forms.ModelChoiceField(
        label=gettext_lazy("Policy"), queryset=Policy.objects.all(), required=False
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=2000, required=False, widget=forms.Textarea
    )


class Sort(CaseAct):
    name = "sort"
    label = gettext_lazy("Sort…")
    heading = gettext_lazy("Say how grave it is")
    explanation = gettext_lazy("Another severity starts the clock of the decision anew.")
    confirm = gettext_lazy("Sort it")
    form_class = SortForm
    states = (State.NEW, State.TRIAGED)
    on_selection = True

    def make_form(self, request: Any, records: Any) -> forms.Form:
        if request.method == "POST":
            return super().make_form(request, records)
        first = records[0]
        return SortForm(initial={"severity": first.severity, "policy": first.policy_id})

    def perform(self, record: Case, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        cases.sort(case=record, by=actor, at=now(), **answers)
        return Outcome(_("Sorted."))


class Escalate(CaseAct):
    name = "escalate"
    label = gettext_lazy("Escalate…")
    heading = gettext_lazy("Put it before the next queue")
    confirm = gettext_lazy("Escalate")
    permission = "compliance.escalate_case"
    on_selection = True

    def offered(self, record: Case) -> bool:
        return record.is_open and record.queue in cases.NEXT_QUEUE

    def perform(self, record: Case, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        case = cases.escalate(case=record, by=actor, reason=answers["reason"])
        return Outcome(_("Escalated to: %s.") % case.get_queue_display())


class AskForm(forms.Form):
    """A question in both languages, and until when."""

    account = forms.ChoiceField(label=gettext_lazy("Whom"))
    question_zh_hans = forms.CharField(
        label=gettext_lazy("Question in Chinese"), max_length=4000, widget=forms.Textarea
    )
    question_en = forms.CharField(
        label=gettext_lazy("Question in English"), max_length=4000, widget=forms.Textarea
    )
    answer_by = forms.SplitDateTimeField(
        label=gettext_lazy("Answer by"),
        widget=MomentWidget,
        validators=[validate_moment],
        help_text=gettext_lazy("In your time zone. The clock of the decision pauses until then."),
    )


class Ask(CaseAct):
    name = "ask"
    label = gettext_lazy("Ask the customer…")
    heading = gettext_lazy("Ask the customer")
    confirm = pgettext_lazy("of a question", "Ask")
    form_class = AskForm
    states = (State.INVESTIGATING, State.WAITING)

    def offered(self, record: Case) -> bool:
        return super().offered(record) and record.account_id is not None

    def make_form(self, request: Any, records: Any) -> forms.Form:
        form = super().make_form(request, records)
        parties = [one for one in (records[0].account, records[0].opponent) if one]
        form.fields["account"].choices = [(str(one.pk), str(one)) for one in parties]  # type: ignore[attr-defined]
        return form

    def perform(self, record: Case, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        parties = {str(one.pk): one for one in (record.account, record.opponent) if one}
        inquiries.ask(
            case=record,
            by=actor,
            at=now(),
            **{**answers, "account": parties[answers["account"]]},
        )
        return Outcome(_("Asked. The case waits for the answer."))


class NoteForm(forms.Form):
    """A note for colleagues."""

    text = forms.CharField(label=gettext_lazy("Note"), max_length=10_000, widget=forms.Textarea)


class Note(CaseAct):
    name = "note"
    label = gettext_lazy("Note…")
    heading = gettext_lazy("Write a note for colleagues")
    explanation = gettext_lazy("Kept for good, with your name. Customers never see it.")
    confirm = gettext_lazy("Write it down")
    form_class = NoteForm

    def perform(self, record: Case, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        cases.note(case=record, by=actor, text=answers["text"])
        return Outcome(_("Written down."))


class TaskForm(forms.Form):
    """What is to be done, by whom, by when."""

    title = forms.CharField(label=gettext_lazy("Task"), max_length=200)
    assignee = forms.ModelChoiceField(
        label=gettext_lazy("For"), queryset=User.objects.none(), required=False
    )
    due_on = forms.DateField(
        label=pgettext_lazy("deadline", "By"),
        required=False,
        validators=[validate_moment],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = User.objects.filter(is_staff=True, is_active=True).order_by("name", "pk")
        self.fields["assignee"].queryset = staff  # type: ignore[attr-defined]


class AddTask(CaseAct):
    name = "task"
    label = gettext_lazy("Task…")
    heading = gettext_lazy("Add a task")
    confirm = gettext_lazy("Add it")
    form_class = TaskForm

    def perform(self, record: Case, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        cases.add_task(case=record, by=actor, **answers)
        return Outcome(_("Added."))


class DoneForm(forms.Form):
    """Which of the open tasks."""

    tasks = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Done"),
        queryset=CaseTask.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )


class FinishTasks(CaseAct):
    name = "done"
    label = gettext_lazy("Tasks done…")
    heading = gettext_lazy("Tick off tasks")
    confirm = gettext_lazy("They are done")
    form_class = DoneForm

    def offered(self, record: Case) -> bool:
        return record.is_open

    def make_form(self, request: Any, records: Any) -> forms.Form:
        form = super().make_form(request, records)
        waiting = records[0].tasks.filter(done_at=None)
        form.fields["tasks"].queryset = waiting  # type: ignore[attr-defined]
        return form

    def perform(self, record: Case, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        for task in answers["tasks"]:
            cases.finish_task(task=task, by=actor, at=now())
        return Outcome(_("Ticked off."))


class LinkForm(ReasonForm):
    """The other case, by its identifier."""

    other = forms.CharField(
        label=gettext_lazy("Other case"), max_length=40, help_text=gettext_lazy("cas_…")
    )
    field_order = ("other", "reason")


class Link(CaseAct):
    name = "link"
    label = gettext_lazy("Link…")
    heading = gettext_lazy("Link with another case")
    confirm = gettext_lazy("Link them")
    form_class = LinkForm

    def perform(self, record: Case, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        other = Case.objects.seen_by(actor).filter(public_id=answers["other"].strip()).first()
        if other is None:
            raise NotPossible(_("No case has that identifier."))
        cases.link(case=record, other=other, by=actor, reason=answers["reason"])
        return Outcome(_("Linked."))


class Close(CaseAct):
    name = "close"
    label = pgettext_lazy("of a case", "Close…")
    heading = gettext_lazy("Close the case")
    explanation = gettext_lazy("Nothing is left to do. It can be opened again.")
    confirm = gettext_lazy("Close it")
    states = (*cases.WORKED_ON, State.DECIDED)
    on_selection = True

    def perform(self, record: Case, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        cases.close(case=record, by=actor, reason=answers["reason"], at=now())
        return Outcome(pgettext("of a case", "Closed."))


class Reopen(CaseAct):
    name = "reopen"
    label = gettext_lazy("Open again…")
    heading = gettext_lazy("Open the case again")
    confirm = gettext_lazy("Open it again")
    states = (State.CLOSED, State.DECIDED)

    def perform(self, record: Case, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        cases.reopen(case=record, by=actor, reason=answers["reason"], at=now())
        return Outcome(_("Open again."))


ACTS = (
    Open(),
    Claim(),
    Sort(),
    Ask(),
    Note(),
    AddTask(),
    FinishTasks(),
    Link(),
    Escalate(),
    Release(),
    Close(),
    Reopen(),
)
