"""Asking to see a sensitive file, answering that, and taking the answer back."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from common.admin import Outcome, ReasonForm, SevereAct
from common.admin.columns import moment
from common.clock import now
from compliance import evidence_grants
from compliance.exceptions import WrongStep
from compliance.models import Evidence, EvidenceGrantRequest


class AskForm(ReasonForm):
    """For how long, and why."""

    hours = forms.IntegerField(
        label=gettext_lazy("For how many hours"),
        min_value=1,
        max_value=evidence_grants.MOST_HOURS,
        initial=8,
        help_text=gettext_lazy("From the answer on; 72 at most."),
    )
    field_order = ("hours", "reason")


class AskToSee(SevereAct):
    name = "ask"
    label = gettext_lazy("Ask to see it…")
    heading = gettext_lazy("Ask to see a sensitive file")
    explanation = gettext_lazy(
        "A supervisor other than you answers. Every look is recorded with your name."
    )
    confirm = pgettext_lazy("to see a file", "Ask")
    permission = "compliance.read_evidence"
    form_class = AskForm
    dangerous = False
    needs_fresh_proof = False

    def offered(self, record: Evidence) -> bool:
        return record.needs_grant

    def preview(self, record: Evidence) -> str:
        return _("%(what)s in case “%(case)s”.") % {
            "what": record.get_sensitivity_display(),
            "case": record.case,
        }

    def perform(self, record: Evidence, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        evidence_grants.ask(
            evidence=record, by=actor, reason=answers["reason"], hours=answers["hours"], at=now()
        )
        return Outcome(_("A supervisor answers your request."))


class Answer(SevereAct):
    """Yes or no to a request that nobody has answered."""

    permission = evidence_grants.MAY_GRANT
    allowed: bool

    def offered(self, record: EvidenceGrantRequest) -> bool:
        return not hasattr(record, "grant")

    def version(self, record: EvidenceGrantRequest) -> str:
        return "answered" if hasattr(record, "grant") else "waiting"

    def preview(self, record: EvidenceGrantRequest) -> str:
        return _("%(person)s wants to see it for %(hours)d hours: %(reason)s") % {
            "person": record.requested_by,
            "hours": record.hours,
            "reason": record.reason,
        }

    def perform(
        self, record: EvidenceGrantRequest, *, actor: Any, answers: dict[str, Any]
    ) -> Outcome:
        given = evidence_grants.answer(
            request=record, by=actor, allowed=self.allowed, reason=answers["reason"], at=now()
        )
        if not given.allowed:
            return Outcome(_("Refused."))
        return Outcome(_("Allowed until %s.") % moment(given.ends_at))


class Allow(Answer):
    name = "allow"
    label = gettext_lazy("Allow…")
    heading = gettext_lazy("Allow somebody to see a sensitive file")
    explanation = gettext_lazy("For the hours asked for, from now on. You may take it back.")
    confirm = gettext_lazy("Allow it")
    dangerous = False
    allowed = True


class Refuse(Answer):
    name = "refuse"
    label = gettext_lazy("Refuse…")
    heading = gettext_lazy("Refuse to show a sensitive file")
    confirm = gettext_lazy("Refuse")
    allowed = False


class TakeBack(SevereAct):
    """Ends what was allowed, before its time."""

    name = "take-back"
    label = gettext_lazy("Take back…")
    heading = gettext_lazy("Take back leave to see a sensitive file")
    explanation = gettext_lazy(
        "From now on the file is not shown to that person any more. What they saw stays recorded."
    )
    confirm = gettext_lazy("Take it back")
    permission = evidence_grants.MAY_GRANT
    needs_fresh_proof = False

    def offered(self, record: EvidenceGrantRequest) -> bool:
        grant = getattr(record, "grant", None)
        return grant is not None and evidence_grants.holds(grant, at=now())

    def version(self, record: EvidenceGrantRequest) -> str:
        return "holds" if self.offered(record) else "over"

    def preview(self, record: EvidenceGrantRequest) -> str:
        return _("%(person)s may see it until %(until)s.") % {
            "person": record.requested_by,
            "until": moment(record.grant.ends_at),
        }

    def perform(
        self, record: EvidenceGrantRequest, *, actor: Any, answers: dict[str, Any]
    ) -> Outcome:
        grant = getattr(record, "grant", None)
        if grant is None:
            raise WrongStep(_("This request has not been answered."))
        evidence_grants.take_back(grant=grant, by=actor, reason=answers["reason"], at=now())
        return Outcome(_("Taken back."))
