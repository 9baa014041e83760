"""The jobs. Each calls verbs; rows in the database say what there is to do."""

from celery import shared_task

from billing import alerts, money_in, telling
from common.clock import now
from common.turns import BACKGROUND, in_turn
from common.wakeups import wake


@shared_task(name="billing.tell")
@in_turn("billing.tell", lane=BACKGROUND)
def tell() -> dict[str, int]:
    """Tells people of low balances and of credit about to expire."""
    moment = now()
    done = {
        "occasions": telling.write_messages(at=moment),
        "abandoned": telling.give_up_abandoned(at=moment),
        "sent": telling.send_due(at=moment),
    }
    if done["occasions"] or done["sent"]:
        wake("billing.tell")  # there may be more
    return done


@shared_task(name="billing.expire_credit")
@in_turn("billing.expire_credit", lane=BACKGROUND)
def expire_credit() -> dict[str, int]:
    """Takes granted credit whose day has come, and notes what expires within a week."""
    moment = now()
    done = {
        "expired": money_in.expire_due(at=moment),
        "expiring": alerts.note_expiring(at=moment),
    }
    if any(done.values()):
        wake("billing.expire_credit")
    return done
