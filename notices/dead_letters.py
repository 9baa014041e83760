"""Messages that did not arrive: whether, and how, staff may have one sent again.

What is in doubt is not repeated while its provider can be asked: the answer comes by itself.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from notices import doubts, retrying, suppressions
from notices.exceptions import WrongState
from notices.models import Attempt, Delivery

State = Delivery.State


def why_not_again(delivery: Delivery) -> str:
    """A sentence for people; empty when it may be sent again."""
    if delivery.state not in Delivery.UNDELIVERED:
        return _("Only a message that was not delivered is sent again.")
    if suppressions.suppressed([delivery]):
        return _("Nothing is sent to this address any more. Lift its suppression first.")
    if delivery.state == State.UNKNOWN and _can_be_asked(delivery):
        return _(
            "Whether this message arrived is not known, and its provider can be asked. That is "
            "done by itself; it is not sent again meanwhile."
        )
    return ""


def _can_be_asked(delivery: Delivery) -> bool:
    last: Attempt | None = delivery.attempts.order_by("-fence").first()
    provider = doubts.provider_of(last.provider) if last is not None else None
    return provider is not None and provider.can_be_asked


def send_again(*, delivery: Delivery, by: User, reason: str, at: datetime) -> Delivery:
    """Lets it be sent once more, with the reason on record. Raises `WrongState`."""
    if refusal := why_not_again(delivery):
        raise WrongState(refusal)
    return retrying.retry(delivery=delivery, by=by, reason=reason, at=at)
