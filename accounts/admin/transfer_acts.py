"""Deciding about transfers: one proposes the consent, another gives it (1.2.6, 2.2.2, 14.1)."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import transfers
from accounts.models import Transfer, TransferStep
from common.admin import Outcome, ReasonForm, SevereAct
from common.clock import now

Step = TransferStep.Kind


def kinds_of(transfer: Transfer) -> set[str]:
    """The kinds of steps that were taken."""
    return {step.kind for step in transfer.steps.all()}


def is_open(transfer: Transfer) -> bool:
    return not kinds_of(transfer) & set(TransferStep.ENDS)


def in_words(transfer: Transfer) -> str:
    """Who asks for what, and why."""
    if not is_open(transfer):
        return _("This request has ended already.")
    if transfer.kind == Transfer.Kind.OWNERSHIP:
        what = _("%(account)s gets %(person)s as an owner; %(asker)s becomes: %(role)s.") % {
            "account": transfer.account,
            "person": transfer.new_owner,
            "asker": transfer.asked_by,
            "role": transfer.get_remains_as_display() or _("no member any more"),
        }
    else:
        what = _("%(key)s goes from %(account)s to %(other)s.") % {
            "key": transfer.api_key,
            "account": transfer.account,
            "other": transfer.to_account,
        }
    return f"{what} {_('Reason')}: {transfer.reason}"


class ClauseForm(ReasonForm):
    """Why, and under which clause."""

    clause = forms.ChoiceField(
        label=gettext_lazy("Clause"),
        choices=[(number, number) for number in ("1.2.6", "2.2.2", "14.1")],
    )
    field_order = ("clause", "reason")


class TransferAct(SevereAct):
    """One step about a transfer that has not ended."""

    def version(self, record: Transfer) -> str:
        return " ".join(sorted(kinds_of(record)))

    def preview(self, record: Transfer) -> str:
        return in_words(record)


class ProposeConsent(TransferAct):
    name = "propose"
    label = gettext_lazy("Propose consent…")
    heading = gettext_lazy("Propose to consent to a transfer")
    explanation = gettext_lazy("Nothing happens before somebody else consents.")
    confirm = gettext_lazy("Propose")
    permission = transfers.MAY_PROPOSE
    form_class = ClauseForm
    dangerous = False

    def offered(self, record: Transfer) -> bool:
        kinds = kinds_of(record)
        return is_open(record) and Step.AGREED in kinds and Step.PROPOSED not in kinds

    def perform(self, record: Transfer, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        transfers.propose(
            transfer=record,
            by=actor,
            reason=answers["reason"],
            clause=answers["clause"],
            at=now(),
        )
        return Outcome(_("Proposed. Somebody else has to consent now."))


class GiveConsent(TransferAct):
    name = "consent"
    label = gettext_lazy("Consent…")
    heading = gettext_lazy("Consent to a transfer")
    explanation = gettext_lazy(
        "It is carried out at once, and both sides are told. It is undone only by a transfer back."
    )
    confirm = gettext_lazy("Consent")
    permission = transfers.MAY_CONSENT

    def offered(self, record: Transfer) -> bool:
        return is_open(record) and Step.PROPOSED in kinds_of(record)

    def perform(self, record: Transfer, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        transfers.consent(transfer=record, by=actor, reason=answers["reason"], at=now())
        return Outcome(_("Consented and carried out."))


class RefuseConsent(TransferAct):
    name = "refuse"
    label = gettext_lazy("Refuse…")
    heading = gettext_lazy("Refuse a transfer")
    explanation = gettext_lazy("Everything stays as it is. Both sides are told, with the reason.")
    confirm = gettext_lazy("Refuse")
    permission = transfers.MAY_PROPOSE

    def offered(self, record: Transfer) -> bool:
        return is_open(record)

    def perform(self, record: Transfer, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        transfers.refuse(transfer=record, by=actor, reason=answers["reason"], at=now())
        return Outcome(_("Refused."))
