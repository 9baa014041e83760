"""Acts on accounts of a change: put off, leave out, send again, lift for these.

The records are gates at risk or accounts concerned; either has a `change` and an
`account`. Those of one change are acted on together.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.admin import Outcome, ReasonForm, SevereAct
from common.admin.columns import moment
from common.admin.moment_widget import MomentWidget
from common.clock import now
from common.moments import validate_moment
from notices import announced
from notices.account_standings import attach
from notices.models import ServiceChange

State = ServiceChange.State
MOVING = announced.MOVING


class UntilForm(ReasonForm):
    """A later moment, in the reader's time zone, and why."""

    until = forms.SplitDateTimeField(
        label=gettext_lazy("New moment"),
        widget=MomentWidget,
        validators=[validate_moment],
        help_text=gettext_lazy("In your time zone. Later than what is planned now."),
    )
    field_order = ("until", "reason")


class AccountAct(SevereAct):
    """An act on some accounts of a change, offered in certain states of it."""

    on_selection = True
    dangerous = False
    # How accounts stand moves on while messages go out; the verbs look again at each.
    pins_preview = False
    states: tuple[str, ...] = ()

    def offered(self, record: Any) -> bool:
        return record.change.state in self.states

    def together(self, record: Any) -> Any:
        return record.change_id

    def prepare(self, records: Sequence[Any]) -> None:
        attach(records)

    def preview(self, record: Any) -> str:
        return f"{record.change}: {record.standing.in_words()}"

    def version(self, record: Any) -> str:
        return str(record.change.state)

    def outcome(self, record: Any, sentence: str) -> Outcome:
        """Goes on to the list of the change: the record itself may be settled and gone."""
        address = reverse(f"admin:notices_{record._meta.model_name}_changelist")
        return Outcome(sentence, url=f"{address}?change__id__exact={record.change_id}")


class Postpone(AccountAct):
    name = "postpone"
    label = gettext_lazy("Put off…")
    heading = gettext_lazy("Put off for these accounts")
    explanation = gettext_lazy(
        "If you do nothing, each account is put off to the moment its own gate opens. Choose "
        "a later moment here to give them a certain day; their people are told."
    )
    confirm = gettext_lazy("Put off")
    permission = "notices.postpone_servicechange"
    form_class = UntilForm
    states = MOVING

    def perform_together(
        self, records: Sequence[Any], *, actor: Any, answers: dict[str, Any]
    ) -> list[Outcome]:
        until: datetime = answers["until"]
        announced.postpone(
            change=records[0].change,
            until=until,
            accounts=[record.account for record in records],
            postponed_by=actor,
            reason=answers["reason"],
        )
        return [self.outcome(record, _("Put off to %s.") % moment(until)) for record in records]

    def perform(self, record: Any, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        return self.perform_together([record], actor=actor, answers=answers)[0]


class LeaveOut(AccountAct):
    name = "leave_out"
    label = gettext_lazy("Leave out…")
    heading = gettext_lazy("Leave these accounts out of the change")
    explanation = gettext_lazy(
        "The change never reaches them, and their people are told so. This cannot be undone."
    )
    confirm = gettext_lazy("Leave out")
    permission = "notices.withdraw_servicechange"
    states = MOVING
    dangerous = True

    def perform_together(
        self, records: Sequence[Any], *, actor: Any, answers: dict[str, Any]
    ) -> list[Outcome]:
        announced.leave_out(
            change=records[0].change,
            accounts=[record.account for record in records],
            left_out_by=actor,
            reason=answers["reason"],
        )
        return [self.outcome(record, _("Left out.")) for record in records]

    def perform(self, record: Any, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        return self.perform_together([record], actor=actor, answers=answers)[0]


class SendAgain(AccountAct):
    name = "send_again"
    label = gettext_lazy("Send again…")
    heading = gettext_lazy("Try these accounts' addresses again")
    explanation = gettext_lazy(
        "Messages that failed, or wait for their next try, go out now. What a provider may "
        "have taken is never repeated."
    )
    confirm = gettext_lazy("Send again")
    permission = "notices.act_on_gateatrisk"
    states = MOVING
    needs_fresh_proof = False

    def together(self, record: Any) -> Any:
        return None

    def perform(self, record: Any, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        count = announced.send_again(
            change=record.change, account=record.account, asked_by=actor, at=now()
        )
        if not count:
            return self.outcome(record, _("Nothing to send again: no address failed or waits."))
        words = ngettext("%d message goes out.", "%d messages go out.", count) % count
        return self.outcome(record, words)


class LiftForThese(AccountAct):
    name = "lift_for"
    label = gettext_lazy("Lift for these…")
    heading = gettext_lazy("Lift the effect for these accounts")
    explanation = gettext_lazy(
        "They have their access back at once and their people are told. The change stays in "
        "effect for the others."
    )
    confirm = gettext_lazy("Lift for these")
    permission = "notices.lift_servicechange"
    states = (State.TAKING_EFFECT, State.COMPLETE)

    def perform_together(
        self, records: Sequence[Any], *, actor: Any, answers: dict[str, Any]
    ) -> list[Outcome]:
        lifted = announced.lift_for(
            change=records[0].change,
            accounts=[record.account for record in records],
            lifted_by=actor,
            reason=answers["reason"],
        )
        done, not_felt = _("Lifted."), _("Nothing to lift: it did not feel the change.")
        return [
            self.outcome(record, done if record.account_id in lifted else not_felt)
            for record in records
        ]

    def perform(self, record: Any, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        return self.perform_together([record], actor=actor, answers=answers)[0]


class ActOnRisk:
    """Mixed into acts on gates at risk: of those who may act on them."""

    def allowed_to(self, user: Any) -> bool:
        allowed = super().allowed_to(user)  # type: ignore[misc]
        return bool(allowed and user.has_perm("notices.act_on_gateatrisk"))


class PostponeAtRisk(ActOnRisk, Postpone):
    pass


class LeaveOutAtRisk(ActOnRisk, LeaveOut):
    pass


ON_RISK = (PostponeAtRisk(), LeaveOutAtRisk(), SendAgain())
ON_CONCERNED = (Postpone(), LeaveOut(), SendAgain(), LiftForThese())
