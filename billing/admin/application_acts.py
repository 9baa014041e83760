"""Answering a refund application: prepare the refund, or decline it with a reason."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import applications, refunds
from billing.exceptions import NotAnAmount
from billing.models import ApplicationState, RefundApplication, RefundConsent, RefundPolicy
from billing.money import micro_of, shown, yuan_of
from common.admin import Outcome, ReasonForm, SevereAct
from common.clock import now

MAY_ANSWER = "billing.request_postingrequest"
MOST_CONSENTS = 50


def bases_of(application: RefundApplication) -> dict[str, RefundConsent | RefundPolicy]:
    """What a refund of the account could rest on now, as `consent:3` or `policy:1`."""
    consents = RefundConsent.objects.filter(
        account=application.account_id, expires_at__gt=now()
    ).order_by("-pk")[:MOST_CONSENTS]
    found: dict[str, RefundConsent | RefundPolicy] = {}
    found |= {f"consent:{one.pk}": one for one in consents}
    return found | {f"policy:{one.pk}": one for one in refunds.policies_in_force(now())}


def named(basis: RefundConsent | RefundPolicy) -> str:
    if isinstance(basis, RefundConsent):
        return _("consent %(basis)s, up to ¥%(most)s") % {
            "basis": basis.public_id,
            "most": shown(basis.cap),
        }
    return _("policy %(basis)s, at most ¥%(most)s") % {"basis": basis, "most": shown(basis.most)}


class AnswersApplications(SevereAct):
    """An act on an application that waits."""

    permission = MAY_ANSWER

    def offered(self, record: RefundApplication) -> bool:
        return record.state is ApplicationState.WAITING

    def version(self, record: RefundApplication) -> str:
        return record.state


class PrepareForm(ReasonForm):
    """On what basis how much is refunded, and why; kept with the request."""

    basis = forms.ChoiceField(label=gettext_lazy("Basis (clause 6)"))
    amount = forms.CharField(
        label=gettext_lazy("Amount in yuan"),
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    payout = forms.CharField(
        label=gettext_lazy("Paid out to"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Where the money goes: the way it came, or a bank account."),
    )
    field_order = ("basis", "amount", "payout", "reason")

    bases: dict[str, RefundConsent | RefundPolicy]

    def offer(self, bases: dict[str, RefundConsent | RefundPolicy], amount: int) -> None:
        """Fills in what there is to choose from, and what was asked for."""
        self.bases = bases
        field: Any = self.fields["basis"]
        field.choices = [(name, named(basis)) for name, basis in bases.items()]
        self.fields["amount"].initial = f"{yuan_of(amount):.2f}"
        if not bases:
            self.fields["basis"].help_text = _(
                "There is none: record a written consent for the account first."
            )

    def clean_basis(self) -> RefundConsent | RefundPolicy:
        return self.bases[self.cleaned_data["basis"]]

    def clean_amount(self) -> int:
        try:
            return micro_of(self.cleaned_data["amount"].replace(",", "").strip())
        except NotAnAmount as refusal:
            raise forms.ValidationError(str(refusal), code="not_an_amount") from None


class Prepare(AnswersApplications):
    name = "prepare"
    label = gettext_lazy("Prepare refund…")
    heading = gettext_lazy("Prepare the refund")
    explanation = gettext_lazy(
        "Fees paid are not refundable without the platform's written consent or a policy "
        "(clause 6). Somebody else has to approve what you prepare."
    )
    confirm = gettext_lazy("Ask for the refund")
    form_class = PrepareForm
    dangerous = False
    # The balance moves on by itself; the second person is shown what is left then.
    pins_preview = False

    def make_form(self, request: HttpRequest, records: Sequence[Any]) -> forms.Form:
        form: Any = super().make_form(request, records)
        form.offer(bases_of(records[0]), records[0].amount)
        return form

    def preview(self, record: RefundApplication) -> str:
        could = refunds.refundable(record.account)
        return _(
            "%(account)s asked for ¥%(amount)s. Refundable at most now: ¥%(most)s "
            "(not used ¥%(unconsumed)s, not invoiced ¥%(not_invoiced)s)."
        ) % {
            "account": record.account,
            "amount": shown(record.amount),
            "most": shown(could.most),
            "unconsumed": shown(could.unconsumed),
            "not_invoiced": shown(could.not_invoiced),
        }

    def perform(self, record: RefundApplication, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        basis = answers["basis"]
        answer = applications.prepare(
            application=record,
            amount=answers["amount"],
            reason=answers["reason"],
            prepared_by=actor,
            payout=answers["payout"],
            **{"consent" if isinstance(basis, RefundConsent) else "policy": basis},
        )
        return Outcome(
            _("Request %(request)s waits for somebody else to approve it.")
            % {"request": answer.request}
        )


class DeclineForm(forms.Form):
    """The reason as the customer reads it. The log keeps the first that is given."""

    reason_zh_hans = forms.CharField(
        label=gettext_lazy("Reason (Chinese)"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The customer reads it."),
    )
    reason_en = forms.CharField(
        label=gettext_lazy("Reason (English)"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One language is enough; both are better."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        reason = cleaned.get("reason_zh_hans") or cleaned.get("reason_en")
        if not reason:
            raise forms.ValidationError(_("Write down the reason."), code="required")
        return {**cleaned, "reason": reason}


class Decline(AnswersApplications):
    name = "decline"
    label = gettext_lazy("Decline…")
    heading = gettext_lazy("Decline the application")
    explanation = gettext_lazy("That ends it. The customer may apply anew.")
    confirm = gettext_lazy("Decline")
    form_class = DeclineForm
    needs_fresh_proof = False

    def preview(self, record: RefundApplication) -> str:
        return _("%(account)s asked for ¥%(amount)s and is told why not.") % {
            "account": record.account,
            "amount": shown(record.amount),
        }

    def perform(self, record: RefundApplication, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        applications.decline(
            application=record,
            declined_by=actor,
            reason_zh_hans=answers["reason_zh_hans"],
            reason_en=answers["reason_en"],
        )
        return Outcome(_("The application is declined; the customer reads your reason."))
