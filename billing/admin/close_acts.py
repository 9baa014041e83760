"""Closing a month as acts over the trial balance: one person proposes, another closes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import closing
from billing.ledger import open_from
from billing.models import LedgerAccount, PeriodCloseProposal
from billing.money import shown
from billing.trial_balance import BOOKS
from common.admin import Outcome, ReasonForm, SevereAct
from common.clock import now

MOST_PROPOSALS = 50


class MonthForm(ReasonForm):
    """Through when the books shall be closed, and why."""

    through = forms.ChoiceField(label=gettext_lazy("Everything before"))
    field_order = ("through", "reason")


class ProposalForm(ReasonForm):
    """Which proposal is agreed to, and why."""

    proposal = forms.ModelChoiceField(
        label=gettext_lazy("Proposal"), queryset=PeriodCloseProposal.objects.none()
    )
    field_order = ("proposal", "reason")


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(BOOKS):%Y-%m-%d}"


class Propose(SevereAct):
    name = "propose_close"
    label = gettext_lazy("Propose to close a month…")
    heading = gettext_lazy("Propose to close a month")
    explanation = gettext_lazy(
        "Once a second person closes it, nothing is posted with an earlier day any more. What "
        "is found out later counts from the first day that is open."
    )
    confirm = gettext_lazy("Propose")
    permission = "billing.request_periodclose"
    form_class = MonthForm
    on_record = False
    dangerous = False

    def make_form(self, request: HttpRequest, records: Sequence[Any]) -> forms.Form:
        form = super().make_form(request, records)
        field: Any = form.fields["through"]
        field.choices = [
            (moment.isoformat(), _day(moment)) for moment in closing.to_be_closed(at=now())
        ]
        return form

    def perform(self, record: Any, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        through = datetime.fromisoformat(answers["through"])
        proposal = closing.propose_close(through=through, proposed_by=actor)
        return Outcome(
            _("Proposed to close everything before %s. A second person closes it.") % _day(through),
            made=proposal,
        )


class ProposalField(forms.ModelChoiceField):
    """Says what has moved since each proposal."""

    def label_from_instance(self, obj: Any) -> str:
        moved = closing.moved_since(obj)
        names = LedgerAccount.objects.in_bulk([int(code) for code in moved])
        since = "; ".join(f"{names[int(code)]} {shown(amount)}" for code, amount in moved.items())
        told = _("moved since: %s") % since if since else _("nothing moved since")
        return f"{_day(obj.through)} · {obj.proposed_by} · {told}"


class Close(SevereAct):
    name = "approve_close"
    label = gettext_lazy("Close a month…")
    heading = gettext_lazy("Close a month")
    explanation = gettext_lazy(
        "For good: nothing is posted with an earlier day any more. The trial balance of the "
        "moment of closing is kept. Postings under way are waited for."
    )
    confirm = gettext_lazy("Close")
    permission = "billing.approve_periodclose"
    form_class = ProposalForm
    on_record = False

    def make_form(self, request: HttpRequest, records: Sequence[Any]) -> forms.Form:
        form = super().make_form(request, records)
        open_ones = PeriodCloseProposal.objects.filter(close=None).exclude(
            proposed_by=request.user.pk
        )
        closed = open_from()
        if closed is not None:
            open_ones = open_ones.filter(through__gt=closed)
        latest = open_ones.order_by("-pk").values("pk")[:MOST_PROPOSALS]
        form.fields["proposal"] = ProposalField(
            label=_("Proposal"),
            queryset=PeriodCloseProposal.objects.filter(pk__in=latest).select_related(
                "proposed_by"
            ),
        )
        return form

    def perform(self, record: Any, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        close = closing.approve_close(proposal=answers["proposal"], approved_by=actor)
        return Outcome(_("Everything before %s is closed.") % _day(close.through), made=close)
