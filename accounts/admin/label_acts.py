"""Deciding about label exemptions: one proposes, another grants; staff decline and revoke
(clause 3.6.2)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts import amendments, label_exemptions
from accounts.consent import TERMS
from accounts.label_promises import CLAUSE
from accounts.models import (
    Clause,
    LabelApplication,
    LabelApplicationState,
    LabelExemption,
    Service,
)
from common.admin import Outcome, ReasonForm, SevereAct
from common.clock import now
from common.languages import listed, pick

State = LabelApplicationState


def scope_of(application: LabelApplication) -> str:
    """The services it is for by name, or the whole account."""
    if application.whole_account:
        return _("the whole account")
    named = {one.slug: str(one) for one in Service.objects.filter(slug__in=application.services)}
    return listed(named.get(slug, slug) for slug in application.services)


def effect_of(application: LabelApplication) -> str:
    """What is asked for, why, and what a grant would change."""
    asked = _("%(account)s asks for: %(scope)s. Purpose: “%(purpose)s”.") % {
        "account": application.account,
        "scope": scope_of(application),
        "purpose": application.purpose,
    }
    granted = _(
        "Once granted, gateways leave the visible label off; the implicit one is never off."
    )
    replaced = label_exemptions.would_be_replaced(application, at=now())
    ends = _("Ends with it: %s.") % listed(str(one) for one in replaced) if replaced else ""
    return " ".join(filter(None, [asked, granted, ends]))


class CaseField(forms.CharField):
    """The case behind an act, if there is one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=pgettext_lazy("a label exemption", "Case"),
            max_length=32,
            required=False,
            help_text=gettext_lazy("The number of the case, if there is one."),
            **kwargs,
        )


class ProposeForm(ReasonForm):
    """Up to which day, and why."""

    last_day = forms.DateField(
        label=gettext_lazy("Last day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    case_reference = CaseField()
    field_order = ("last_day", "case_reference", "reason")

    latest: date

    def offer(self, application: LabelApplication) -> None:
        """Says which days there are."""
        self.latest = label_exemptions.longest_last_day(application.account, now())
        self.fields["last_day"].help_text = _(
            "Up to and including it, where the account is; %s at the latest."
        ) % (self.latest)

    def clean_last_day(self) -> date:
        chosen: date = self.cleaned_data["last_day"]
        if chosen > self.latest:
            raise forms.ValidationError(_("%s at the latest.") % self.latest, code="too_late")
        return chosen


class ApplicationAct(SevereAct):
    """A step about an application that is not over."""

    def version(self, record: LabelApplication) -> str:
        proposal = record.proposal
        return f"{record.state} {proposal.digest if proposal else ''}"

    def offered(self, record: LabelApplication) -> bool:
        return record.is_open

    def preview(self, record: LabelApplication) -> str:
        return effect_of(record) if record.is_open else _("This application is over.")


class ProposeGrant(ApplicationAct):
    name = "propose"
    label = gettext_lazy("Propose to grant…")
    heading = gettext_lazy("Propose a label exemption")
    explanation = gettext_lazy(
        "Nothing happens before somebody else grants it. A later proposal takes the place of "
        "those before it."
    )
    confirm = gettext_lazy("Propose")
    permission = label_exemptions.MAY_PROPOSE
    form_class = ProposeForm
    dangerous = False

    def make_form(self, request: HttpRequest, records: Sequence[Any]) -> forms.Form:
        form: Any = super().make_form(request, records)
        form.offer(records[0])
        return form

    def perform(self, record: LabelApplication, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        label_exemptions.propose(application=record, by=actor, at=now(), **answers)
        return Outcome(_("Proposed. Somebody else has to grant it now."))


class Grant(ApplicationAct):
    name = "approve"
    label = gettext_lazy("Grant…")
    heading = gettext_lazy("Grant a label exemption")
    explanation = gettext_lazy(
        "Gateways go by it at once, and the owners are told. It can be revoked at any time."
    )
    confirm = gettext_lazy("Grant")
    permission = label_exemptions.MAY_APPROVE

    def offered(self, record: LabelApplication) -> bool:
        return record.state is State.PROPOSED

    def preview(self, record: LabelApplication) -> str:
        proposal = record.proposal
        if proposal is None:
            return _("Nobody has proposed anything yet.")
        proposed = _(
            "Proposed by %(person)s: up to and including %(day)s. Reason: “%(reason)s”."
        ) % {
            "person": proposal.proposed_by,
            "day": proposal.last_day,
            "reason": proposal.reason,
        }
        return f"{super().preview(record)} {proposed}"

    def perform(self, record: LabelApplication, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        proposal = record.proposal
        label_exemptions.approve(
            application=record,
            digest=proposal.digest if proposal else "",
            reason=answers["reason"],
            by=actor,
            at=now(),
        )
        return Outcome(_("Granted; the owners are told."))


class BothLanguagesForm(forms.Form):
    """The reason as the customer reads it. The log keeps the one in the page's language."""

    reason_zh_hans = forms.CharField(
        label=gettext_lazy("Reason (Chinese)"),
        min_length=2,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The customer reads it."),
    )
    reason_en = forms.CharField(
        label=gettext_lazy("Reason (English)"),
        min_length=5,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The same in English: the customer reads one of the two."),
    )


def in_the_log(heading: Any, answers: dict[str, Any]) -> str:
    reason = pick(None, zh_hans=answers["reason_zh_hans"], en=answers["reason_en"])
    return f"{heading}: {reason}"


class Decline(ApplicationAct):
    name = "decline"
    label = gettext_lazy("Decline…")
    heading = gettext_lazy("Decline a label exemption")
    explanation = gettext_lazy("That ends the application. The customer may apply anew.")
    confirm = gettext_lazy("Decline")
    permission = label_exemptions.MAY_PROPOSE
    form_class = BothLanguagesForm

    def logged(self, answers: dict[str, Any]) -> str:
        return in_the_log(self.heading, answers)

    def perform(self, record: LabelApplication, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        label_exemptions.decline(application=record, by=actor, at=now(), **answers)
        return Outcome(_("Declined; the customer reads your reason."))


class RevokeForm(BothLanguagesForm):
    """Under which clause of the terms in force for the account, and from which case."""

    clause = forms.ModelChoiceField(
        label=gettext_lazy("Clause"), queryset=Clause.objects.none(), empty_label=None
    )
    case_reference = CaseField()
    field_order = ("clause", "case_reference", "reason_zh_hans", "reason_en")

    def offer(self, exemption: LabelExemption, case_reference: str) -> None:
        """The clauses that bind the account, 3.6.2 chosen."""
        binding = amendments.in_force(account=exemption.account, slug=TERMS, at=now())
        clauses = Clause.objects.filter(version=binding.version if binding else None)
        field: Any = self.fields["clause"]
        field.queryset = clauses.select_related("version__document").order_by("position")
        field.initial = clauses.filter(number=CLAUSE).first()
        self.fields["case_reference"].initial = case_reference[:32]


class Revoke(SevereAct):
    name = "revoke"
    label = gettext_lazy("Revoke…")
    heading = gettext_lazy("Revoke a label exemption")
    explanation = gettext_lazy(
        "Gateways require the visible label again at once, and the owners are told. The way back "
        "is another application."
    )
    confirm = gettext_lazy("Revoke")
    permission = label_exemptions.MAY_REVOKE
    form_class = RevokeForm

    def offered(self, record: LabelExemption) -> bool:
        return record.standing_at(now())

    def version(self, record: LabelExemption) -> str:
        return str(hasattr(record, "end"))

    def make_form(self, request: HttpRequest, records: Sequence[Any]) -> forms.Form:
        form: Any = super().make_form(request, records)
        form.offer(records[0], request.GET.get("case", ""))
        return form

    def preview(self, record: LabelExemption) -> str:
        return _(
            "%(account)s: the visible label is required again for %(what)s, which was exempt until "
            "%(day)s."
        ) % {
            "account": record.account,
            "what": record.service or _("the whole account"),
            "day": record.last_day,
        }

    def logged(self, answers: dict[str, Any]) -> str:
        return in_the_log(self.heading, answers)

    def perform(self, record: LabelExemption, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        label_exemptions.revoke(exemption=record, by=actor, at=now(), **answers)
        return Outcome(_("Revoked; the owners are told."))
