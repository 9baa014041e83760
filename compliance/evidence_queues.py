"""The queues of evidence and orders in the side bar."""

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.clock import Now
from common.work_queues import Countable, Section, WorkQueue, work_queues
from compliance import evidence_grants, orders

if TYPE_CHECKING:
    from common.work_queues import StaffUser


def _list(model: str, query: str = "") -> str:
    return reverse(f"admin:compliance_{model}_changelist") + query


def _requests(user: "StaffUser", at: Now) -> Countable:
    return evidence_grants.waiting_for(user)  # type: ignore[arg-type]


def _late(user: "StaffUser", at: Now) -> Countable:
    found = orders.for_staff(at)
    if user.has_perm("compliance.see_confidential_case"):
        return found
    return found.filter(case__confidential=False)


QUEUES = (
    WorkQueue(
        name="evidence_requests",
        section=Section.MY_WORK,
        label=_("Requests to see evidence"),
        url=lambda: _list("evidencegrantrequest", "?answer=waiting"),
        count=_requests,
        permission=evidence_grants.MAY_GRANT,
        hot=True,
    ),
    WorkQueue(
        name="late_orders",
        section=Section.COMPLIANCE,
        label=_("Orders late or failed"),
        url=lambda: _list("contentorder", "?standing=late"),
        count=_late,
        permission="compliance.view_contentorder",
        hot=True,
    ),
    WorkQueue(
        name="orders",
        section=Section.COMPLIANCE,
        label=_("Orders about content"),
        url=lambda: _list("contentorder"),
        permission="compliance.view_contentorder",
    ),
    WorkQueue(
        name="evidence",
        section=Section.COMPLIANCE,
        label=_("Evidence"),
        url=lambda: _list("evidence"),
        permission="compliance.view_evidence",
    ),
    WorkQueue(
        name="deletion_certificates",
        section=Section.COMPLIANCE,
        label=_("Certificates of deletion"),
        url=lambda: _list("deletioncertificate"),
        permission="compliance.view_deletioncertificate",
    ),
)


def register() -> None:
    """Called once, when the apps are ready."""
    for queue in QUEUES:
        work_queues.register(queue)
