"""Lost phones: what was asked, checked, proposed and decided; each next step is a button."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from accounts import recoveries
from accounts.models import PhoneRecovery, RecoveryCheck
from common.admin import EvidenceAdmin, EvidenceInline, Headline, Outcome, ReasonForm, SevereAct
from common.admin.columns import moment, mono, pill
from common.clock import now


class CheckForm(forms.Form):
    """How somebody found out who it is, and what they saw."""

    kind = forms.ChoiceField(label=gettext_lazy("How"), choices=RecoveryCheck.Kind.choices)
    passed = forms.TypedChoiceField(
        label=gettext_lazy("Result"),
        choices=[("yes", gettext_lazy("it is the person")), ("no", gettext_lazy("it is not"))],
        coerce=lambda written: written == "yes",
        widget=forms.RadioSelect,
    )
    case_reference = forms.CharField(
        label=gettext_lazy("Case with the document"),
        max_length=32,
        required=False,
        help_text=gettext_lazy(
            "Documents are kept encrypted as evidence of a case. Write its number here."
        ),
    )
    observed = forms.CharField(
        label=gettext_lazy("What was seen"),
        min_length=5,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("No numbers of documents: those are in the case."),
    )


class Check(SevereAct):
    name = "check"
    label = gettext_lazy("Record a check…")
    heading = gettext_lazy("Record how you checked who it is")
    explanation = gettext_lazy(
        "Speak to them on a number or address that we knew before, or look at a document. "
        "That somebody holds the new phone proves nothing."
    )
    confirm = gettext_lazy("Record it")
    permission = recoveries.MAY_WORK
    form_class = CheckForm
    dangerous = False
    needs_fresh_proof = False

    def offered(self, recovery):
        return step_of(recovery) in ("asked", "checked")

    def preview(self, recovery):
        return about(recovery)

    def perform(self, recovery, *, actor, answers):
        seen = answers.pop("observed")
        recoveries.check(recovery=recovery, by=actor, seen=seen, **answers)
        return Outcome(_("Recorded."))


class ProposeForm(ReasonForm):
    """Whether the second factor goes as well."""

    drops_factor = forms.BooleanField(
        label=gettext_lazy("Remove their second factor as well"),
        required=False,
        help_text=gettext_lazy("Only if they asked for it and you are as sure of that."),
    )
    field_order = ["drops_factor", "reason"]


class Propose(SevereAct):
    name = "propose"
    label = gettext_lazy("Propose the change…")
    heading = gettext_lazy("Propose a change of phone")
    explanation = gettext_lazy("A colleague with the right to approve it decides.")
    confirm = gettext_lazy("Propose it")
    permission = recoveries.MAY_WORK
    form_class = ProposeForm
    dangerous = False

    def offered(self, recovery):
        return step_of(recovery) == "checked"

    def preview(self, recovery):
        return about(recovery)

    def version(self, recovery):
        return step_of(recovery)

    def perform(self, recovery, *, actor, answers):
        recoveries.propose(recovery=recovery, by=actor, **answers)
        return Outcome(_("Proposed: somebody else decides about it now."))


class Decide(SevereAct):
    """Yes or no to a proposal of somebody else."""

    permission = recoveries.MAY_APPROVE
    approved: bool

    def offered(self, recovery):
        return step_of(recovery) == "proposed"

    def version(self, recovery):
        return step_of(recovery)

    def preview(self, recovery):
        proposal = recoveries.proposal_of(recovery)
        if proposal is None:
            return about(recovery)
        factor = _("The second factor is removed.") if proposal.drops_factor else ""
        return " ".join(
            filter(
                None,
                [
                    about(recovery),
                    factor,
                    _("Proposed by %(person)s: %(reason)s")
                    % {"person": proposal.proposed_by, "reason": proposal.reason},
                ],
            )
        )

    def perform(self, recovery, *, actor, answers):
        decision = recoveries.decide(
            recovery=recovery, approved=self.approved, reason=answers["reason"], by=actor, at=now()
        )
        if not decision.approved:
            return Outcome(_("Refused."))
        return Outcome(
            _("Approved. The holder is told at every address and can stop it until %s.")
            % moment(decision.not_before)
        )


class Approve(Decide):
    name = "approve"
    label = gettext_lazy("Approve…")
    heading = gettext_lazy("Approve a change of phone")
    explanation = gettext_lazy(
        "Every address of the holder is told, the phone until now included. After the waiting "
        "period the number changes and all sessions end, unless somebody stopped it."
    )
    confirm = gettext_lazy("Approve it")
    approved = True


class Refuse(Decide):
    name = "refuse"
    label = gettext_lazy("Refuse…")
    heading = gettext_lazy("Refuse a change of phone")
    explanation = gettext_lazy("Nothing changes. They may ask anew.")
    confirm = gettext_lazy("Refuse it")
    approved = False


class Stop(SevereAct):
    name = "stop"
    label = gettext_lazy("Stop it…")
    heading = gettext_lazy("Stop a change of phone")
    explanation = gettext_lazy("It cannot go on afterwards; they may ask anew.")
    confirm = gettext_lazy("Stop it")
    permission = recoveries.MAY_WORK

    def offered(self, recovery):
        return step_of(recovery) in ("asked", "checked", "proposed", "waiting")

    def version(self, recovery):
        return step_of(recovery)

    def preview(self, recovery):
        return about(recovery)

    def perform(self, recovery, *, actor, answers):
        recoveries.stop_by_staff(recovery=recovery, reason=answers["reason"], by=actor, at=now())
        return Outcome(_("Stopped."))


STEPS = {
    "asked": (gettext_lazy("to look into"), "warn"),
    "checked": (gettext_lazy("checked, to propose"), "warn"),
    "proposed": (pgettext_lazy("a change of phone", "to decide"), "warn"),
    "refused": (pgettext_lazy("a change of phone", "refused"), "quiet"),
    "waiting": (gettext_lazy("waiting period"), "info"),
    "stopped": (pgettext_lazy("a change of phone", "stopped"), "quiet"),
    "done": (gettext_lazy("carried out"), "good"),
}


def step_of(recovery):
    """How far it is: a key of `STEPS`."""
    if hasattr(recovery, "change"):
        return "done"
    if hasattr(recovery, "stop"):
        return "stopped"
    proposal = next(iter(recovery.proposals.all()), None)
    if proposal is None:
        checks = recovery.checks.all()
        return "checked" if any(check.passed for check in checks) else "asked"
    if not hasattr(proposal, "decision"):
        return "proposed"
    return "waiting" if proposal.decision.approved else "refused"


def about(recovery):
    """What is asked for, in a sentence."""
    return _("%(person)s: from %(old)s to %(new)s.") % {
        "person": recovery.user,
        "old": recovery.old_phone,
        "new": recovery.new_phone,
    }


class StepFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "step"

    def lookups(self, request, model_admin):
        return [
            ("asked", _("to look into")),
            ("proposed", pgettext("a change of phone", "to decide")),
            ("waiting", _("waiting period")),
        ]

    def queryset(self, request, queryset):
        match self.value():
            case "asked":
                return queryset.to_look_into()
            case "proposed":
                return queryset.to_decide()
            case "waiting":
                return queryset.waiting()
        return queryset


class ChecksInline(EvidenceInline):
    model = RecoveryCheck
    fields = ["kind", "passed", "seen", "case_reference", "checked_by", "recorded_at"]
    show_change_link = False


@admin.register(PhoneRecovery)
class PhoneRecoveryAdmin(EvidenceAdmin):
    list_display = ["public_id", "user", "standing", "drops_factor", "recorded_at"]
    list_display_links = ["public_id"]
    list_filter = [StepFilter]
    list_select_related = ["user", "stop", "change"]
    list_prefetches = ["checks", "proposals__decision"]
    search_fields = ["public_id__exact", "user__public_id__exact"]
    ordering = ["-pk"]
    sortable_by = ()
    fields = [
        "user",
        "old_phone",
        "new_phone",
        "drops_factor",
        "reason",
        "recorded_at",
        "proposed",
        "decided",
        "ended",
    ]
    readonly_fields = ["proposed", "decided", "ended"]
    inlines = [ChecksInline]
    severe_acts = [Check(), Propose(), Approve(), Refuse(), Stop()]

    @admin.display(description=gettext_lazy("state"))
    def standing(self, recovery):
        return pill(*STEPS[step_of(recovery)])

    @admin.display(description=gettext_lazy("proposed by"))
    def proposed(self, recovery):
        proposal = recoveries.proposal_of(recovery)
        if proposal is None:
            return self.get_empty_value_display()
        factor = _("with the second factor removed") if proposal.drops_factor else ""
        when = moment(proposal.recorded_at)
        parts = [str(proposal.proposed_by), when, proposal.reason, factor]
        return " · ".join(filter(None, parts))

    @admin.display(description=gettext_lazy("decided by"))
    def decided(self, recovery):
        proposal = recoveries.proposal_of(recovery)
        decision = getattr(proposal, "decision", None)
        if decision is None:
            return self.get_empty_value_display()
        result = (
            _("approved, not before %s") % moment(decision.not_before)
            if decision.approved
            else _("refused")
        )
        return " · ".join([str(decision.decided_by), result, decision.reason])

    @admin.display(description=pgettext_lazy("a change of phone", "outcome"))
    def ended(self, recovery):
        if hasattr(recovery, "change"):
            return _("carried out on %s") % moment(recovery.change.recorded_at)
        if not hasattr(recovery, "stop"):
            return self.get_empty_value_display()
        stop = recovery.stop
        who = stop.person if stop.by == stop.By.STAFF else ""
        parts = [stop.get_by_display(), who, moment(stop.recorded_at), stop.reason]
        return " · ".join(str(part) for part in parts if part)

    def headline(self, recovery):
        return Headline(
            pills=[STEPS[step_of(recovery)]],
            facts=[mono(recovery.user.public_id), str(recovery.user)],
        )
