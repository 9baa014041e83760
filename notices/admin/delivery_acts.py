"""What staff may do to a message: write down that it came back."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.admin import Outcome, SevereAct
from common.admin.columns import moment
from notices import delivering
from notices.exceptions import WrongState
from notices.models import Attempt, Delivery


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
