"""Setting how far below nothing an account may go: asked for on its page of money, then
approved or turned down by somebody else."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import floors
from billing.admin.columns import record_url, yuan
from billing.admin.form_fields import YuanField
from billing.models import FloorChange, Wallet
from billing.money import shown
from common.admin import Detail, Outcome, ReasonForm, SevereAct

MAY_ASK = "billing.request_postingrequest"


class FloorForm(ReasonForm):
    """How far below nothing, why, in which case."""

    floor = YuanField(
        label=gettext_lazy("Floor"),
        signed=True,
        help_text=gettext_lazy(
            "In yuan: -500 lets the account owe up to ¥500; 0 lets it use what it has and no more."
        ),
    )
    case_reference = forms.CharField(label=gettext_lazy("Case"), max_length=80, required=False)
    field_order = ("floor", "case_reference", "reason")

    def clean_floor(self) -> int:
        floor: int = self.cleaned_data["floor"]
        if floor > 0:
            raise ValidationError(_("Write 0, or an amount with a minus before it."), code="above")
        return floor


def table_of(account: Any, floor: int) -> Detail:
    """The account before and after; raises why the floor would be refused."""
    comes_to = floors.outlook(account=account, floor=floor)
    rows = [
        (_("Floor"), yuan(comes_to.floor_before), yuan(comes_to.floor_after)),
        (_("Can be used"), yuan(comes_to.spendable_before), yuan(comes_to.spendable_after)),
        (_("Owed"), yuan(comes_to.owed), yuan(comes_to.owed)),
    ]
    html = render_to_string("billing/floor.html", {"rows": rows})
    return Detail(html=html, pinned=f"{comes_to.floor_before} {comes_to.floor_after}")


class SetFloor(SevereAct):
    name = "floor"
    label = gettext_lazy("Set the floor…")
    heading = gettext_lazy("Ask for another floor")
    explanation = gettext_lazy(
        "Below its floor an account uses nothing. One below nothing is credit: what is used "
        "beyond what was paid in is owed, and settled by the next payment. Somebody else has to "
        "approve it."
    )
    confirm = gettext_lazy("Ask for it")
    permission = MAY_ASK
    form_class = FloorForm
    previews_answers = True
    dangerous = False
    needs_fresh_proof = False
    # What can be used moves on by itself: what counts are the floors.
    pins_preview = False

    def preview(self, record: Wallet) -> str:
        return _("The floor is ¥%(floor)s; paid ¥%(paid)s.") % {
            "floor": shown(record.floor),
            "paid": shown(record.paid),
        }

    def version(self, record: Wallet) -> str:
        return str(record.floor)

    def detail(self, record: Wallet, *, actor: Any, form: forms.Form) -> Detail | None:
        if not (form.is_bound and form.is_valid()):
            return None
        return table_of(record.account, form.cleaned_data["floor"])

    def perform(self, record: Wallet, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        names = ("floor", "reason", "case_reference")
        change = floors.request_floor(
            account=record.account, requested_by=actor, **{name: answers[name] for name in names}
        )
        return Outcome(_("Asked for. Somebody else has to approve it now."), url=record_url(change))


def is_open(change: FloorChange) -> bool:
    return not (hasattr(change, "approval") or hasattr(change, "rejection"))


def in_words(change: FloorChange) -> str:
    """Who asked for what, for whom and why."""
    if not is_open(change):
        return _("Decided already.")
    return _("%(account)s: from ¥%(was)s to ¥%(floor)s, asked by %(person)s: %(reason)s") % {
        "account": change.account,
        "was": shown(change.was),
        "floor": shown(change.floor),
        "person": change.requested_by,
        "reason": change.reason,
    }


class ApproveFloor(SevereAct):
    name = "approve"
    label = gettext_lazy("Approve…")
    heading = gettext_lazy("Approve the floor")
    explanation = gettext_lazy(
        "It holds at once. It cannot be raised again above what the account owes by then."
    )
    confirm = gettext_lazy("Approve")
    permission = "billing.approve_postingrequest"
    form_class = forms.Form
    on_selection = True
    dangerous = False
    pins_preview = False

    def offered(self, record: FloorChange) -> bool:
        return is_open(record)

    def preview(self, record: FloorChange) -> str:
        return in_words(record)

    def detail(self, record: FloorChange, *, actor: Any, form: forms.Form) -> Detail | None:
        if not is_open(record):
            return None
        floors.refuse_own(record, actor)
        return table_of(record.account, record.floor)

    def version(self, record: FloorChange) -> str:
        return record.digest

    def perform(self, record: FloorChange, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        floors.approve_floor(change=record, approved_by=actor)
        return Outcome(_("The floor is ¥%s now.") % shown(record.floor))


class TurnDownFloor(SevereAct):
    name = "turn_down"
    label = gettext_lazy("Turn down…")
    heading = gettext_lazy("Turn down")
    explanation = gettext_lazy("The floor stays as it is. Whoever asked can ask anew.")
    confirm = gettext_lazy("Turn down")
    # Whoever asked may take it back; the verb looks at whose it is.
    permission = MAY_ASK
    on_selection = True
    needs_fresh_proof = False

    def offered(self, record: FloorChange) -> bool:
        return is_open(record)

    def preview(self, record: FloorChange) -> str:
        return in_words(record)

    def perform(self, record: FloorChange, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        floors.reject_floor(change=record, rejected_by=actor, reason=answers["reason"])
        return Outcome(_("Turned down."))
