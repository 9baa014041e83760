"""The queues of cases in the side bar."""

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.clock import Now
from common.work_queues import Countable, Section, WorkQueue, work_queues
from compliance import policies
from compliance.models import Case, Queue
from compliance.querysets import CaseQuerySet

if TYPE_CHECKING:
    from common.work_queues import StaffUser

# Who works on which queue: by what they may do, the last that fits.
QUEUE_OF = (
    (Queue.INTAKE, "compliance.work_on_case"),
    (Queue.COMPLIANCE, "compliance.propose_decision"),
    (Queue.SUPERVISORS, "compliance.approve_decision"),
)


def _list(query: str = "") -> str:
    return reverse("admin:compliance_case_changelist") + query


def queues_of(user: "StaffUser") -> list[str]:
    """The queues whose cases this person may claim."""
    return [queue.value for queue, permission in QUEUE_OF if user.has_perm(permission)]


def _seen(user: "StaffUser") -> CaseQuerySet:
    return Case.objects.all().seen_by(user)  # type: ignore[arg-type]


def _mine(user: "StaffUser", at: Now) -> Countable:
    return Case.objects.all().of_assignee(user)  # type: ignore[arg-type]


def _unclaimed(user: "StaffUser", at: Now) -> Countable:
    return _seen(user).unclaimed().filter(queue__in=queues_of(user))


def _overdue(user: "StaffUser", at: Now) -> Countable:
    return _seen(user).overdue(at)


def _without_clause(user: "StaffUser", at: Now) -> Countable:
    """What nobody can be judged by until somebody binds it."""
    return policies.without_clause()


WORK = "compliance.work_on_case"
SEE = "compliance.view_case"
QUEUES = (
    WorkQueue(
        name="my_cases",
        section=Section.MY_WORK,
        label=_("My cases"),
        url=lambda: _list("?held=mine"),
        count=_mine,
        permission=WORK,
    ),
    WorkQueue(
        name="unclaimed_cases",
        section=Section.COMPLIANCE,
        label=_("Cases nobody works on"),
        url=lambda: _list("?held=nobody"),
        count=_unclaimed,
        permission=WORK,
    ),
    WorkQueue(
        name="overdue_cases",
        section=Section.COMPLIANCE,
        label=_("Overdue cases"),
        url=lambda: _list("?held=overdue"),
        count=_overdue,
        permission=SEE,
        hot=True,
    ),
    WorkQueue(
        name="cases",
        section=Section.COMPLIANCE,
        label=_("Cases"),
        url=_list,
        permission=SEE,
    ),
    WorkQueue(
        name="signals",
        section=Section.COMPLIANCE,
        label=_("Signals of the platform"),
        url=lambda: reverse("admin:compliance_platformsignal_changelist"),
        permission="compliance.view_platformsignal",
    ),
    WorkQueue(
        name="case_figures",
        section=Section.COMPLIANCE,
        label=_("Figures of cases"),
        url=lambda: reverse("admin:compliance_case_figures"),
        permission=SEE,
    ),
    WorkQueue(
        name="policies",
        section=Section.COMPLIANCE,
        label=_("Policies"),
        url=lambda: reverse("admin:compliance_policy_changelist"),
        count=_without_clause,
        permission="compliance.view_policy",
        hot=True,
    ),
)


def register() -> None:
    """Called once, when the apps are ready."""
    for queue in QUEUES:
        work_queues.register(queue)
