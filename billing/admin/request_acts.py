"""Deciding on requests for postings, one or several at a time."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import decisions, refunds
from billing.admin.columns import record_url
from billing.admin.legs import detail_of
from billing.forecasts import forecast
from billing.models import Kind, PostingRequest
from billing.money import shown
from common.admin import Detail, Outcome, SevereAct
from common.clock import now
from common.moments import validate_moment


class NoteForm(forms.Form):
    """Nothing to fill in: the preview is what counts."""


def is_open(request: PostingRequest) -> bool:
    return not (hasattr(request, "approval") or hasattr(request, "rejection"))


def in_words(request: PostingRequest) -> str:
    """Who asked for how much, for whom and why."""
    words = _("%(kind)s of ¥%(amount)s, asked by %(person)s: %(reason)s") % {
        "kind": request.get_kind_display(),
        "amount": shown(request.amount),
        "person": request.requested_by,
        "reason": request.reason,
    }
    if request.account is None:
        return words
    return _("%(account)s: %(words)s") % {"account": request.account, "words": words}


class Approve(SevereAct):
    """Each in a transaction of its own: one that is refused does not hold up the others."""

    name = "approve"
    label = gettext_lazy("Approve…")
    heading = gettext_lazy("Approve and post")
    explanation = gettext_lazy(
        "Exactly what is shown is posted at once. It cannot be undone, only corrected."
    )
    confirm = gettext_lazy("Approve and post")
    permission = "billing.approve_postingrequest"
    form_class = NoteForm
    on_selection = True
    dangerous = False

    def offered(self, record: PostingRequest) -> bool:
        return is_open(record)

    def preview(self, record: PostingRequest) -> str:
        if not is_open(record):
            return _("Decided already.")
        return in_words(record)

    def detail(self, record: PostingRequest, *, actor: Any, form: forms.Form) -> Detail | None:
        if not is_open(record):
            return None
        decisions.refuse_own(record, actor)
        return detail_of(forecast(record, at=now()))

    def version(self, record: PostingRequest) -> str:
        return record.digest

    def perform(self, record: PostingRequest, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        journal = decisions.approve(request=record, approved_by=actor, at=now())
        return Outcome(_("Posted as journal %d.") % journal.pk, url=record_url(record))


class TurnDown(SevereAct):
    name = "turn_down"
    label = gettext_lazy("Turn down…")
    heading = gettext_lazy("Turn down")
    explanation = gettext_lazy("Nothing is posted. Whoever asked can ask anew.")
    confirm = gettext_lazy("Turn down")
    # Whoever asked may take it back; the verb looks at whose it is.
    permission = "billing.request_postingrequest"
    on_selection = True
    needs_fresh_proof = False

    def offered(self, record: PostingRequest) -> bool:
        return is_open(record)

    def preview(self, record: PostingRequest) -> str:
        return in_words(record) if is_open(record) else _("Decided already.")

    def perform(self, record: PostingRequest, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        decisions.reject(request=record, rejected_by=actor, reason=answers["reason"])
        return Outcome(_("Turned down."))


class PayoutForm(forms.Form):
    """When the money went, and what the bank or provider calls the payment."""

    paid_on = forms.DateField(
        label=gettext_lazy("Paid out on"),
        validators=[validate_moment],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reference = forms.CharField(
        label=gettext_lazy("Reference of the payment"),
        max_length=120,
        help_text=gettext_lazy("The bank's or payment provider's; the customer reads it."),
    )


class NotePayout(SevereAct):
    name = "note_payout"
    label = gettext_lazy("Note the payout…")
    heading = gettext_lazy("Note that a refund was paid out")
    explanation = gettext_lazy(
        "Posting a refund sends no money: you pay it out at the bank or payment provider. Whoever "
        "applied for it is told."
    )
    confirm = gettext_lazy("Note it")
    permission = "billing.request_postingrequest"
    form_class = PayoutForm
    dangerous = False
    needs_fresh_proof = False

    def offered(self, record: PostingRequest) -> bool:
        return record.kind == Kind.REFUND and refunds.to_be_paid_out(record)

    def preview(self, record: PostingRequest) -> str:
        if not self.offered(record):
            return _("There is no refund to be paid out, or it has been noted already.")
        return _("¥%(amount)s to %(account)s: %(payout)s") % {
            "amount": shown(record.amount),
            "account": record.account,
            "payout": record.payout or "–",
        }

    def perform(self, record: PostingRequest, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        refunds.record_payout(request=record, recorded_by=actor, at=now(), **answers)
        return Outcome(_("Noted."))
