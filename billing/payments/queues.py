"""The queues of money that comes in, in the side bar."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.models import ReconciliationItem, Unsettled
from common.work_queues import Section, WorkQueue, work_queues

MAY_REQUEST = "billing.request_postingrequest"
MAY_APPROVE = "billing.approve_postingrequest"


def _list(model: str, query: str = "") -> str:
    return reverse(f"admin:billing_{model}_changelist") + query


QUEUES = (
    WorkQueue(
        name="transfers_to_match",
        section=Section.MY_WORK,
        label=_("Transfers to match"),
        url=lambda: _list("bankreceipt", "?standing=to_match"),
        count=lambda user, at: Unsettled.objects.filter(
            receipt__isnull=False, match__isnull=True, request__isnull=True
        ),
        permission=MAY_REQUEST,
    ),
    WorkQueue(
        name="matches_to_approve",
        section=Section.MY_WORK,
        label=_("Matches to approve"),
        url=lambda: _list("match", "?standing=waiting"),
        count=lambda user, at: Unsettled.objects.filter(match__isnull=False).exclude(
            proposed_by=user.pk
        ),
        permission=MAY_APPROVE,
        hot=True,
    ),
    WorkQueue(
        name="quarantined_payments",
        section=Section.MY_WORK,
        label=_("Quarantined payments"),
        url=lambda: _list("quarantinedpayment", "?standing=to_match"),
        count=lambda user, at: Unsettled.objects.filter(
            quarantined__isnull=False, match__isnull=True, request__isnull=True
        ),
        permission=MAY_REQUEST,
        hot=True,
    ),
    WorkQueue(
        name="differences_with_providers",
        section=Section.MY_WORK,
        label=_("Differences with providers"),
        url=lambda: _list("reconciliationitem", "?standing=open"),
        count=lambda user, at: ReconciliationItem.objects.open(),
        permission=MAY_REQUEST,
        hot=True,
    ),
    WorkQueue(
        name="bank_statements",
        section=Section.BILLING,
        label=_("Bank statements"),
        url=lambda: _list("bankstatement"),
        permission="billing.view_bankstatement",
    ),
    WorkQueue(
        name="payment_orders",
        section=Section.BILLING,
        label=_("Payment orders"),
        url=lambda: _list("paymentorder"),
        permission="billing.view_paymentorder",
    ),
    WorkQueue(
        name="payment_events",
        section=Section.BILLING,
        label=_("Payment events"),
        url=lambda: _list("paymentevent"),
        permission="billing.view_paymentevent",
    ),
    WorkQueue(
        name="bank_mappings",
        section=Section.BILLING,
        label=_("Bank mappings"),
        url=lambda: _list("bankmapping"),
        permission="billing.view_bankmapping",
    ),
)


def register() -> None:
    """Called once, when the apps are ready."""
    for queue in QUEUES:
        work_queues.register(queue)
