"""The jobs. Each calls verbs; rows in the database say what there is to do."""

from collections.abc import Callable

from celery import shared_task

from billing import alerts, money_in, telling, trial_balance, usage_totals
from billing.payments import polling, reconciliation
from common.clock import now
from common.turns import BACKGROUND, in_turn
from common.wakeups import wake


@shared_task(name="billing.tell")
@in_turn("billing.tell", lane=BACKGROUND)
def tell() -> int:
    """Writes the letters of low balances, of credit about to expire and of answers to refund
    applications; the number of occasions."""
    told = telling.write_letters(at=now())
    if told:
        wake("billing.tell")  # there may be more
    return told


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


@shared_task(name="billing.ask_about_payments")
@in_turn("billing.ask_about_payments", lane=BACKGROUND)
def ask_about_payments() -> int:
    """Asks providers about the orders that are due; how many there were."""
    return polling.ask_about_all(at=now())


@shared_task(name="billing.reconcile_payments")
@in_turn("billing.reconcile_payments", lane=BACKGROUND)
def reconcile_payments() -> int:
    """Compares days of late with providers' statements; how many."""
    return reconciliation.reconcile_due(at=now())


@shared_task(name="billing.roll_up")
@in_turn("billing.roll_up", lane=BACKGROUND)
def roll_up() -> int:
    """Adds what was posted to the totals that trial balances and customers' spend are read
    from."""
    return sum(_rolled_up(totals.roll_up, totals.MOST) for totals in (trial_balance, usage_totals))


def _rolled_up(roll_up_some: Callable[[], int], most: int) -> int:
    rolled = 0
    while count := roll_up_some():
        rolled += count
        if count < most:
            break
    return rolled
