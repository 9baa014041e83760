"""What staff may do to a message: have it sent again, write down that it came back."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.admin import Detail, Outcome, SevereAct
from common.admin.columns import moment
from common.clock import now
from notices import dead_letters, delivering
from notices.exceptions import WrongState
from notices.models import Attempt, Delivery


class SendAgain(SevereAct):
    name = "send_again"
    label = gettext_lazy("Send again…")
    heading = gettext_lazy("Send what did not arrive once more")
    explanation = gettext_lazy(
        "Each message is sent once more, to the same address and with the same text. One that is "
        "in doubt may then arrive twice, under one reference. That cannot be undone."
    )
    confirm = gettext_lazy("Send again")
    permission = "notices.act_on_gateatrisk"
    on_selection = True
    dangerous = False

    def offered(self, record: Delivery) -> bool:
        return not dead_letters.why_not_again(record)

    def version(self, record: Delivery) -> str:
        return f"{record.state} {record.fence}"

    def preview(self, record: Delivery) -> str:
        last = record.attempts.order_by("-fence").first()
        if last is None:
            return _("%s, never tried.") % record.get_state_display()
        return _("%(state)s; last tried by %(provider)s, %(moment)s, attempt %(reference)s.") % {
            "state": record.get_state_display(),
            "provider": last.provider,
            "moment": moment(last.recorded_at),
            "reference": last.pk,
        }

    def detail(self, record: Delivery, *, actor: Any, form: Any) -> Detail | None:
        if refusal := dead_letters.why_not_again(record):
            raise WrongState(refusal)
        return None

    def perform(self, record: Delivery, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        dead_letters.send_again(delivery=record, by=actor, reason=answers["reason"], at=now())
        return Outcome(_("It is sent once more; what comes of it shows on its page."))


class RecordBounce(SevereAct):
    name = "record_bounce"
    label = gettext_lazy("Record a bounce…")
    heading = gettext_lazy("Record that the message came back")
    explanation = gettext_lazy(
        "The address counts as failed for good, and the gates of the accounts the message was "
        "about are judged anew. This cannot be undone."
    )
    confirm = gettext_lazy("Record the bounce")
    permission = "notices.act_on_gateatrisk"

    def offered(self, record: Delivery) -> bool:
        return record.state in delivering.CAN_COME_BACK

    def version(self, record: Delivery) -> str:
        return f"{record.state} {record.fence}"

    def preview(self, record: Delivery) -> str:
        attempt = _newest_attempt(record)
        return _("Accepted by %(provider)s, attempt %(reference)s of %(moment)s.") % {
            "provider": attempt.provider,
            "reference": attempt.pk,
            "moment": moment(attempt.recorded_at),
        }

    def perform(self, record: Delivery, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        delivering.record_bounce(
            attempt=_newest_attempt(record),
            reason=answers["reason"],
            answer={},
            reported_by=actor,
        )
        return Outcome(_("Recorded. The gates it proved are judged anew."))


def _newest_attempt(delivery: Delivery) -> Attempt:
    attempt: Attempt | None = delivery.attempts.order_by("-fence").first()
    if attempt is None:
        raise WrongState(_("Only a message that was accepted can come back."))
    return attempt
