"""Acts on money not matched: say whose it is, agree, turn down, send back."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account
from billing import decisions, matching
from billing.models import BankReceipt
from billing.money import shown
from common.admin import Outcome, ReasonForm, SevereAct

MAY_REQUEST = "billing.request_postingrequest"
MAY_APPROVE = "billing.approve_postingrequest"


class MatchForm(forms.Form):
    """An account: one of those suggested, or another by its identifier."""

    suggested = forms.ChoiceField(
        label=gettext_lazy("suggested accounts"), required=False, widget=forms.RadioSelect
    )
    account = forms.CharField(
        label=gettext_lazy("another account"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Its identifier, acc_ and 20 characters."),
    )
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        min_length=5,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("How you know. Whoever approves it reads it."),
    )

    def __init__(self, *args, source, **kwargs):
        super().__init__(*args, **kwargs)
        self.offered = matching.suggestions(source)
        choices = [
            (one.account.public_id, f"{one.account} · {one.account.public_id} · {one.why}")
            for one in self.offered
        ]
        if not choices:
            del self.fields["suggested"]
            self.fields["account"].label = _("account")
            return
        suggested: Any = self.fields["suggested"]
        suggested.choices = choices
        suggested.initial = choices[0][0]
        self.fields["reason"].initial = self.offered[0].why

    def clean(self):
        cleaned: dict[str, Any] = super().clean() or {}
        written = cleaned.get("account", "").strip() or cleaned.get("suggested", "")
        account = Account.objects.filter(public_id=written).first()
        if account is None:
            raise ValidationError({"account": _("No account has this identifier.")})
        cleaned["found"] = account
        return cleaned


class ProposeMatch(SevereAct):
    name = "propose_match"
    label = gettext_lazy("Match…")
    heading = gettext_lazy("Say whose money it is")
    explanation = gettext_lazy("Somebody else approves it; then the account is credited.")
    confirm = gettext_lazy("Propose")
    permission = MAY_REQUEST
    dangerous = False

    def offered(self, source):
        waiting = getattr(source, "unsettled", None)
        return bool(
            waiting and not waiting.match_id and not waiting.request_id and source.journal_id
        )

    def make_form(self, request, records):
        data = request.POST if request.method == "POST" else None
        return MatchForm(data, source=records[0])

    def preview(self, source):
        matching.refuse_unless_free(source)
        return _("CNY %s is proposed for the account you choose.") % shown(source.amount)

    def perform(self, source, *, actor, answers):
        match = matching.propose(
            source=source, account=answers["found"], reason=answers["reason"], proposed_by=actor
        )
        return Outcome(_("Proposed for %s. Somebody else approves it.") % match.account)


class ProposeBest(SevereAct):
    name = "propose_best"
    label = gettext_lazy("Match as suggested…")
    heading = gettext_lazy("Match as suggested")
    explanation = gettext_lazy(
        "Each with the account its reference names, or the only one that is suggested."
    )
    confirm = gettext_lazy("Propose")
    permission = MAY_REQUEST
    form_class = forms.Form
    dangerous = False
    on_selection = True

    def offered(self, source):
        return False  # of one record one looks at the suggestions

    def preview(self, source):
        matching.refuse_unless_free(source)
        best = matching.best_of(source)
        return _("CNY %(amount)s for %(account)s: %(why)s") % {
            "amount": shown(source.amount),
            "account": best.account,
            "why": best.why,
        }

    def perform(self, source, *, actor, answers):
        best = matching.best_of(source)
        match = matching.propose(
            source=source, account=best.account, reason=str(best.why), proposed_by=actor
        )
        return Outcome(_("Proposed for %s.") % match.account)


class ReturnForm(ReasonForm):
    payout = forms.CharField(
        label=gettext_lazy("to be sent to"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Name and bank account, if it is not where it came from."),
    )


class RequestReturn(SevereAct):
    name = "request_return"
    label = gettext_lazy("Return…")
    heading = gettext_lazy("Ask for money to be returned")
    explanation = gettext_lazy("All of it goes back. Somebody else approves it.")
    confirm = gettext_lazy("Ask for it")
    permission = MAY_REQUEST
    form_class = ReturnForm

    def offered(self, source):
        return ProposeMatch.offered(self, source)  # type: ignore[arg-type]

    def preview(self, source):
        matching.refuse_unless_free(source)
        return _("CNY %s leaves our books once somebody else approves it.") % shown(source.amount)

    def perform(self, source, *, actor, answers):
        noun = "receipt" if isinstance(source, BankReceipt) else "quarantined"
        request = decisions.request_return(
            **{noun: source},
            reason=answers["reason"],
            payout=answers["payout"],
            requested_by=actor,
        )
        return Outcome(_("Asked for as %s.") % request.public_id)


class CloseUnbooked(SevereAct):
    name = "close_unbooked"
    label = gettext_lazy("Close…")
    heading = gettext_lazy("Close a payment in another currency")
    explanation = gettext_lazy(
        "For one that was sent back at the provider; it was never in our books. Somebody else "
        "approves it."
    )
    confirm = gettext_lazy("Propose")
    permission = MAY_REQUEST

    def offered(self, source):
        waiting = getattr(source, "unsettled", None)
        return bool(waiting and not waiting.match_id and not source.journal_id)

    def preview(self, source):
        matching.refuse_unless_free(source)
        return _("It leaves the queue; nothing is credited.")

    def perform(self, source, *, actor, answers):
        matching.propose(source=source, account=None, reason=answers["reason"], proposed_by=actor)
        return Outcome(_("Proposed. Somebody else approves it."))


class ApproveMatch(SevereAct):
    name = "approve"
    label = gettext_lazy("Approve…")
    heading = gettext_lazy("Approve matches")
    explanation = gettext_lazy("The account is credited at once. Fees paid are not refundable.")
    confirm = gettext_lazy("Approve")
    permission = MAY_APPROVE
    form_class = forms.Form
    on_selection = True

    def offered(self, match):
        return hasattr(match, "unsettled")

    def preview(self, match):
        return _("%(account)s: + CNY %(amount)s (%(reason)s)") % {
            "account": match.account or "–",
            "amount": shown(match.source.amount),
            "reason": match.reason,
        }

    def perform(self, match, *, actor, answers):
        matching.approve(match=match, approved_by=actor)
        if match.account is None:
            return Outcome(_("Closed."))
        return Outcome(
            _("CNY %(amount)s credited to %(account)s.")
            % {"amount": shown(match.source.amount), "account": match.account}
        )


class RejectMatch(SevereAct):
    name = "reject"
    label = gettext_lazy("Turn down…")
    heading = gettext_lazy("Turn matches down, or take one's own back")
    confirm = gettext_lazy("Turn down")
    permission = MAY_REQUEST
    on_selection = True

    def offered(self, match):
        return hasattr(match, "unsettled")

    def preview(self, match):
        return _("The money waits to be matched anew.")

    def perform(self, match, *, actor, answers):
        matching.reject(match=match, rejected_by=actor, reason=answers["reason"])
        return Outcome(_("Turned down."))
