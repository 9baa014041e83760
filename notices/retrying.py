"""A person has a message sent again that was not delivered."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from common.wakeups import wake
from notices.exceptions import WrongState
from notices.models import Delivery, Resolution


@transaction.atomic
def retry(*, delivery: Delivery, by: User, reason: str, at: datetime) -> Delivery:
    """Lets a delivery that failed, expired, did not reach or is in doubt be sent once more
    from `at` on. Who let the last attempt go and why is written down with it.

    What is in doubt goes under the reference it had, so that whoever gets both messages can
    tell. Raises `WrongState` for anything else.
    """
    locked: Delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if locked.state not in Delivery.UNDELIVERED:
        raise WrongState(_("Only a message that was not delivered is sent again."))
    last = locked.attempts.order_by("-fence").first()
    if last is not None:
        Resolution.record(
            delivery=locked,
            attempt=last,
            kind=Resolution.Kind.RESENT,
            decided_by=by,
            reason=reason,
        )
    locked.state = Delivery.State.RETRYING
    # The waits after refusals begin anew.
    locked.tries = min(locked.tries, 1)
    locked.not_before, locked.ask_at, locked.asks = at, None, 0
    locked.save(update_fields=["state", "tries", "not_before", "ask_at", "asks"])
    wake(f"notices.send_{locked.channel}")
    return locked
