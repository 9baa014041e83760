"""The queues of decisions and appeals: what waits for a second person, who is not oneself."""

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.clock import Now
from common.work_queues import Countable, Section, WorkQueue, work_queues
from compliance.models import Appeal, Case, Decision

if TYPE_CHECKING:
    from common.work_queues import StaffUser


def _to_approve(user: "StaffUser", at: Now) -> Countable:
    """Cases whose newest decision this person could approve: nobody approves their own.

    By the state of the case, which goes along with its newest decision.
    """
    waiting = Case.objects.all().seen_by(user).filter(state=Case.State.PROPOSED)  # type: ignore[arg-type]
    own = Decision.objects.filter(
        case=OuterRef("pk"), proposed_by=user.pk, approval=None, rejection=None
    )
    return waiting.filter(~Exists(own))


def _to_decide(user: "StaffUser", at: Now) -> Countable:
    """Appeals without an answer against decisions this person had no part in."""
    waiting = Appeal.objects.filter(answer=None)
    if not user.has_perm("compliance.see_confidential_case"):
        waiting = waiting.filter(case__confidential=False)
    return waiting.exclude(decision__proposed_by=user.pk).exclude(
        decision__approval__approved_by=user.pk
    )


QUEUES = (
    WorkQueue(
        name="decisions_to_approve",
        section=Section.MY_WORK,
        label=_("Decisions to approve"),
        url=lambda: reverse("admin:compliance_decision_changelist") + "?standing=waiting",
        count=_to_approve,
        permission="compliance.approve_decision",
        hot=True,
    ),
    WorkQueue(
        name="appeals_to_decide",
        section=Section.MY_WORK,
        label=_("Appeals"),
        url=lambda: reverse("admin:compliance_appeal_changelist") + "?standing=waiting",
        count=_to_decide,
        permission="compliance.decide_appeal",
        hot=True,
    ),
    WorkQueue(
        name="decisions",
        section=Section.COMPLIANCE,
        label=_("Decisions"),
        url=lambda: reverse("admin:compliance_decision_changelist"),
        permission="compliance.view_decision",
    ),
)


def register() -> None:
    """Called once, when the apps are ready."""
    for queue in QUEUES:
        work_queues.register(queue)
