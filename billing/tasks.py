"""The jobs of billing. Each calls one verb."""

from celery import shared_task

from billing.payments import polling, reconciliation
from common.clock import now
from common.turns import BACKGROUND, in_turn


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
