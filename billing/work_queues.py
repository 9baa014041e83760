"""The queues of money in the side bar."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.models import FloorChange, Kind, OpenRequest
from common.work_queues import Section, WorkQueue, work_queues

MAY_APPROVE = "billing.approve_postingrequest"


def _list(model: str, query: str = "") -> str:
    return reverse(f"admin:billing_{model}_changelist") + query


def waiting_for(user: Any, *kinds: Kind) -> QuerySet[OpenRequest]:
    """Requests of those kinds that `user` could approve: nobody approves their own."""
    return OpenRequest.objects.filter(kind__in=kinds).exclude(requested_by=user.pk)


QUEUES = (
    WorkQueue(
        name="refunds_to_approve",
        section=Section.MY_WORK,
        label=_("Refunds to approve"),
        url=lambda: _list("postingrequest", "?standing=open&kind=refund"),
        count=lambda user, at: waiting_for(user, Kind.REFUND),
        permission=MAY_APPROVE,
        hot=True,
    ),
    WorkQueue(
        name="corrections_to_approve",
        section=Section.MY_WORK,
        label=_("Corrections to approve"),
        url=lambda: _list("postingrequest", "?standing=open&kind=correction"),
        count=lambda user, at: waiting_for(user, Kind.CORRECTION),
        permission=MAY_APPROVE,
        hot=True,
    ),
    WorkQueue(
        name="credit_to_approve",
        section=Section.MY_WORK,
        label=_("Credit and write-offs to approve"),
        url=lambda: _list("postingrequest", "?standing=open&kind=other"),
        count=lambda user, at: waiting_for(user, Kind.GRANT, Kind.WRITE_OFF, Kind.RETURN),
        permission=MAY_APPROVE,
        hot=True,
    ),
    WorkQueue(
        name="floors_to_approve",
        section=Section.MY_WORK,
        label=_("Floors to approve"),
        url=lambda: _list("floorchange", "?standing=open"),
        count=lambda user, at: FloorChange.objects.waiting().exclude(requested_by=user.pk),
        permission=MAY_APPROVE,
        hot=True,
    ),
    WorkQueue(
        name="money_requests",
        section=Section.BILLING,
        label=_("Requests"),
        url=lambda: _list("postingrequest"),
        count=lambda user, at: OpenRequest.objects.all(),
        permission="billing.view_postingrequest",
    ),
    WorkQueue(
        name="journals",
        section=Section.BILLING,
        label=_("Journals"),
        url=lambda: _list("journal"),
        permission="billing.view_journal",
    ),
    WorkQueue(
        name="wallets",
        section=Section.BILLING,
        label=_("Wallets"),
        url=lambda: _list("wallet"),
        permission="billing.view_wallet",
    ),
    WorkQueue(
        name="floors",
        section=Section.BILLING,
        label=_("Floors"),
        url=lambda: _list("floorchange"),
        permission="billing.view_floorchange",
    ),
    WorkQueue(
        name="charges",
        section=Section.BILLING,
        label=_("Charges"),
        url=lambda: _list("charge"),
        permission="billing.view_charge",
    ),
    WorkQueue(
        name="trial_balance",
        section=Section.BILLING,
        label=_("Trial balance"),
        url=lambda: _list("accounttotal"),
        permission="billing.view_accounttotal",
    ),
    WorkQueue(
        name="invoices",
        section=Section.BILLING,
        label=_("Invoices"),
        url=lambda: _list("invoice"),
        permission="billing.view_invoice",
    ),
    WorkQueue(
        name="refund_bases",
        section=Section.BILLING,
        label=_("Refund policies"),
        url=lambda: _list("refundpolicy"),
        permission="billing.view_refundpolicy",
    ),
)


def register() -> None:
    """Called once, when the apps are ready."""
    for queue in QUEUES:
        work_queues.register(queue)
