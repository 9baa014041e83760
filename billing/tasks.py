"""The jobs of billing. Each calls one verb."""

from celery import shared_task

from billing import trial_balance
from common.turns import BACKGROUND, in_turn


@shared_task(name="billing.roll_up")
@in_turn("billing.roll_up", lane=BACKGROUND)
def roll_up() -> int:
    """Adds what was posted to the totals that trial balances are read from."""
    rolled = 0
    while count := trial_balance.roll_up():
        rolled += count
        if count < trial_balance.MOST:
            break
    return rolled
