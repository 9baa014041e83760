"""Acts on an account's money: ask for credit, a refund or a write-off, put money aside,
record a consent. What they come to is shown before it is confirmed."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import uuid4

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import decisions, money_in, refunds
from billing.admin.columns import record_url, yuan
from billing.admin.form_fields import YuanField
from billing.admin.journal_acts import asked
from billing.admin.legs import detail_of
from billing.admin.policies import ClauseField, clauses
from billing.exceptions import NotRefundable
from billing.forecasts import forecast, forecast_legs, left_of
from billing.models import Kind, PostingRequest, RefundConsent, RefundPolicy, Wallet
from billing.money import shown
from common.admin import Detail, Outcome, ReasonForm, SevereAct
from common.admin.moment_widget import MomentWidget
from common.clock import now
from common.moments import validate_moment

MAY_ASK = "billing.request_postingrequest"


class AmountForm(ReasonForm):
    """How much, why, in which case."""

    amount = YuanField(label=gettext_lazy("Amount"))
    case_reference = forms.CharField(label=gettext_lazy("Case"), max_length=80, required=False)
    field_order: Sequence[str] = ("amount", "case_reference", "reason")


class MoneyAct(SevereAct):
    """An act on one wallet whose legs are shown once the amount is written."""

    permission = MAY_ASK
    previews_answers = True
    dangerous = False
    needs_fresh_proof = False
    form_class: ClassVar[type[forms.Form]] = AmountForm

    def preview(self, record: Wallet) -> str:
        return _("Available ¥%(available)s: paid ¥%(paid)s, granted ¥%(granted)s.") % {
            "available": shown(record.balance),
            "paid": shown(record.paid),
            "granted": shown(record.granted),
        }

    def version(self, record: Wallet) -> str:
        return "wallet"

    # Balances move on by themselves: what counts are the legs.
    pins_preview = False

    def detail(self, record: Wallet, *, actor: Any, form: forms.Form) -> Detail | None:
        if not (form.is_bound and form.is_valid()):
            return None
        return self.detail_for(record, form.cleaned_data)

    def detail_for(self, record: Wallet, answers: dict[str, Any]) -> Detail:
        return detail_of(forecast(self.wanted(record, answers), at=now()))

    def wanted(self, record: Wallet, answers: dict[str, Any]) -> PostingRequest:
        """The request as it would be asked for."""
        raise NotImplementedError


class GrantForm(AmountForm):
    expires_at = forms.SplitDateTimeField(
        label=gettext_lazy("Expires"),
        required=False,
        widget=MomentWidget,
        validators=[validate_moment],
        help_text=gettext_lazy("In your time zone. Empty: never."),
    )
    priority = forms.IntegerField(
        label=gettext_lazy("Priority"),
        initial=50,
        min_value=0,
        max_value=100,
        help_text=gettext_lazy("Of several credits the one with the least is spent first."),
    )
    field_order = ("amount", "expires_at", "priority", "case_reference", "reason")

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= now():
            raise forms.ValidationError(_("Choose a moment to come."), code="over")
        return expires_at


class Grant(MoneyAct):
    name = "grant"
    label = gettext_lazy("Grant credit…")
    heading = gettext_lazy("Ask for granted credit")
    explanation = gettext_lazy(
        "A present: spent before paid money, never refunded. Somebody else has to approve it."
    )
    confirm = gettext_lazy("Ask for it")
    form_class = GrantForm

    def wanted(self, record: Wallet, answers: dict[str, Any]) -> PostingRequest:
        return PostingRequest(kind=Kind.GRANT, account=record.account, amount=answers["amount"])

    def perform(self, record: Wallet, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        names = ("amount", "expires_at", "priority", "reason", "case_reference")
        request = decisions.request_grant(
            account=record.account, requested_by=actor, **{name: answers[name] for name in names}
        )
        return asked(request)


class WriteOff(MoneyAct):
    name = "write_off"
    label = gettext_lazy("Write off…")
    heading = gettext_lazy("Ask for a write-off")
    explanation = gettext_lazy(
        "Forgives what the account owes, or a part of it. Somebody else has to approve it."
    )
    confirm = gettext_lazy("Ask for it")
    dangerous = True

    def offered(self, record: Wallet) -> bool:
        return record.paid < 0

    def wanted(self, record: Wallet, answers: dict[str, Any]) -> PostingRequest:
        return PostingRequest(kind=Kind.WRITE_OFF, account=record.account, amount=answers["amount"])

    def perform(self, record: Wallet, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        names = ("amount", "reason", "case_reference")
        request = decisions.request_write_off(
            account=record.account, requested_by=actor, **{name: answers[name] for name in names}
        )
        return asked(request)


class RefundForm(AmountForm):
    """`basis` names a consent or a policy: `consent:3`, `policy:1`."""

    basis = forms.ChoiceField(
        label=gettext_lazy("Allowed by"),
        help_text=gettext_lazy("The written consent or the policy in force it rests on."),
    )
    payout = forms.CharField(
        label=gettext_lazy("Paid out to"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Where the money goes: the way it came, or a bank account."),
    )
    field_order = ("basis", "amount", "payout", "case_reference", "reason")

    def clean_basis(self) -> RefundConsent | RefundPolicy:
        table, _colon, key = self.cleaned_data["basis"].partition(":")
        if table == "consent":
            return RefundConsent.objects.get(pk=key)
        return RefundPolicy.objects.get(pk=key)


class Refund(MoneyAct):
    name = "refund"
    label = gettext_lazy("Refund…")
    heading = gettext_lazy("Ask for a refund")
    explanation = gettext_lazy(
        "Fees paid are not refundable without the platform's written consent or a policy "
        "(clause 6). Somebody else has to approve it."
    )
    confirm = gettext_lazy("Ask for it")
    form_class = RefundForm
    dangerous = True

    def make_form(self, request: Any, records: Sequence[Any]) -> forms.Form:
        form = super().make_form(request, records)
        form.fields["basis"].choices = bases_of(records[0])  # type: ignore[attr-defined]
        return form

    def detail(self, record: Wallet, *, actor: Any, form: forms.Form) -> Detail:
        rules = render_to_string("billing/refundable.html", refund_context(record))
        legs = super().detail(record, actor=actor, form=form)
        if legs is None:
            return Detail(html=rules, pinned="")
        return Detail(html=SafeString(rules + legs.html), pinned=legs.pinned)

    def wanted(self, record: Wallet, answers: dict[str, Any]) -> PostingRequest:
        return PostingRequest(
            kind=Kind.REFUND,
            account=record.account,
            amount=answers["amount"],
            **on_basis(answers["basis"]),
        )

    def perform(self, record: Wallet, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        request = decisions.request_refund(
            account=record.account,
            amount=answers["amount"],
            payout=answers["payout"],
            reason=answers["reason"],
            case_reference=answers["case_reference"],
            requested_by=actor,
            **on_basis(answers["basis"]),
        )
        return asked(request)


def on_basis(basis: RefundConsent | RefundPolicy) -> dict[str, Any]:
    return {"consent" if isinstance(basis, RefundConsent) else "policy": basis}


def consents_of(wallet: Wallet) -> list[RefundConsent]:
    """Those of the account on which something can still be refunded."""
    live = RefundConsent.objects.filter(account=wallet.account, expires_at__gt=now())
    return list(live.select_related("clause__version__document").order_by("-pk")[:50])


def bases_of(wallet: Wallet) -> list[tuple[str, str]]:
    consents = [
        (
            f"consent:{consent.pk}",
            _("consent %(consent)s, ¥%(left)s left")
            % {"consent": consent.public_id, "left": shown(left_of(consent))},
        )
        for consent in consents_of(wallet)
    ]
    policies = [
        (
            f"policy:{policy.pk}",
            _("policy %(policy)s, at most ¥%(most)s")
            % {"policy": policy, "most": shown(policy.most)},
        )
        for policy in refunds.policies_in_force(now())
    ]
    return consents + policies


def refund_context(wallet: Wallet) -> dict[str, Any]:
    """What could be refunded, and on what."""
    refundable = refunds.refundable(wallet.account)
    return {
        "figures": [
            (_("Left of what was paid in"), yuan(refundable.unconsumed)),
            (_("Invoiced"), yuan(refundable.invoiced)),
            (_("Paid in and not invoiced"), yuan(refundable.not_invoiced)),
            (_("At most"), yuan(refundable.most)),
        ],
        "consents": [
            (consent, record_url(consent), yuan(left_of(consent)))
            for consent in consents_of(wallet)
        ],
        "policies": [
            (policy, record_url(policy), yuan(policy.most))
            for policy in refunds.policies_in_force(now()).select_related(
                "clause__version__document"
            )
        ],
    }


class HoldForm(ReasonForm):
    amount = YuanField(label=gettext_lazy("Amount"))
    # The same confirmation sent twice is one hold.
    token = forms.CharField(widget=forms.HiddenInput, max_length=36, initial=lambda: str(uuid4()))
    field_order = ("amount", "reason")


class Hold(MoneyAct):
    name = "hold"
    label = gettext_lazy("Hold…")
    heading = gettext_lazy("Put money on hold")
    explanation = gettext_lazy(
        "Still the customer's, and not to be spent until it is released on the hold's journal."
    )
    confirm = gettext_lazy("Put on hold")
    form_class = HoldForm
    needs_fresh_proof = True

    def offered(self, record: Wallet) -> bool:
        return record.balance > 0

    def detail_for(self, record: Wallet, answers: dict[str, Any]) -> Detail:
        legs = money_in.legs_of_hold(record, amount=answers["amount"], at=now())
        return detail_of(forecast_legs(legs, account_id=record.account_id))

    def perform(self, record: Wallet, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        journal = money_in.hold(
            account=record.account,
            amount=answers["amount"],
            key=f"hold:{actor.pk}:{answers['token']}",
            at=now(),
            actor=actor,
            memo=answers["reason"][:200],
        )
        return Outcome(_("Put on hold."), url=record_url(journal))


class ConsentForm(forms.Form):
    """The signed paper and what it says."""

    document = forms.FileField(
        label=gettext_lazy("Signed paper"),
        help_text=gettext_lazy("PDF, PNG or JPEG, at most 10 MB. Kept encrypted."),
    )
    signatory = forms.CharField(label=gettext_lazy("Signed by"), max_length=80)
    signed_on = forms.DateField(
        label=gettext_lazy("Signed on"),
        validators=[validate_moment],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    clause = ClauseField()
    cap = YuanField(label=gettext_lazy("Refund at most"))
    expires_at = forms.SplitDateTimeField(
        label=gettext_lazy("Expires"), widget=MomentWidget, validators=[validate_moment]
    )


class RecordConsent(SevereAct):
    name = "consent"
    label = gettext_lazy("Record a consent…")
    heading = gettext_lazy("Record a written consent to a refund")
    explanation = gettext_lazy(
        "The platform's consent, signed, to refund this account (clause 6). It is evidence: "
        "kept for good, never edited."
    )
    confirm = gettext_lazy("Record it")
    permission = MAY_ASK
    form_class = ConsentForm
    dangerous = False
    pins_preview = False

    def make_form(self, request: Any, records: Sequence[Any]) -> forms.Form:
        form = super().make_form(request, records)
        form.fields["clause"].queryset = clauses()  # type: ignore[attr-defined]
        return form

    def preview(self, record: Wallet) -> str:
        most = refunds.refundable(record.account).most
        return _("Refundable now at most ¥%s.") % shown(most)

    def perform(self, record: Wallet, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        if answers["document"].size > refunds.MOST_BYTES:
            raise NotRefundable(
                _("Upload the signed paper as a PDF, PNG or JPEG of at most 10 MB.")
            )
        consent = refunds.record_consent(
            account=record.account,
            recorded_by=actor,
            at=now(),
            **{**answers, "document": answers["document"].read()},
        )
        return Outcome(_("Recorded."), url=record_url(consent))


ON_WALLET = (Grant(), Refund(), RecordConsent(), WriteOff(), Hold())
