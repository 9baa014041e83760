"""Seeing sensitive files: somebody asks with a reason, a supervisor answers, it expires.

For identity documents and what comes from children. Nobody answers their own request,
superusers included, and any supervisor takes a grant back before its time. The database
refuses the rest, and a view without a grant that holds, as well.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed
from accounts.models import User
from compliance import cases
from compliance.exceptions import NotPossible, SecondPersonNeeded, WrongStep
from compliance.models import (
    Case,
    Evidence,
    EvidenceGrant,
    EvidenceGrantEnd,
    EvidenceGrantRequest,
)

MOST_HOURS = 72
MAY_GRANT = "compliance.grant_evidence"


def waiting() -> QuerySet[EvidenceGrantRequest]:
    """Requests that nobody has answered."""
    found: QuerySet[EvidenceGrantRequest] = EvidenceGrantRequest.objects.filter(grant=None)
    return found


def waiting_for(person: User) -> QuerySet[EvidenceGrantRequest]:
    """Those that `person` could answer: not their own, nor of cases closed to them."""
    found = waiting().exclude(requested_by=person.pk)
    if person.has_perm("compliance.see_confidential_case"):
        return found
    return found.filter(evidence__case__confidential=False)


def live(*, evidence: Evidence, viewer: User, at: datetime) -> EvidenceGrant | None:
    """The grant by which `viewer` may see the file at `at`, if there is one."""
    found: EvidenceGrant | None = (
        EvidenceGrant.objects.filter(
            request__evidence=evidence,
            request__requested_by=viewer,
            allowed=True,
            ends_at__gt=at,
            end=None,
        )
        .order_by("-ends_at")
        .first()
    )
    return found


@transaction.atomic
def ask(
    *, evidence: Evidence, by: User, reason: str, hours: int, at: datetime
) -> EvidenceGrantRequest:
    """Asks to see a sensitive file for so many hours from the answer on."""
    cases.demand(by, "compliance.read_evidence")
    refuse_confidential(evidence.case, by)
    if not evidence.needs_grant:
        raise NotPossible(_("This file needs no such request."))
    if not 1 <= hours <= MOST_HOURS:
        raise NotPossible(_("Between 1 and %(most)d hours.") % {"most": MOST_HOURS})
    _one_at_a_time(evidence)
    if live(evidence=evidence, viewer=by, at=at) is not None:
        raise WrongStep(_("You may see this file already."))
    if waiting().filter(evidence=evidence, requested_by=by).exists():
        raise WrongStep(_("Your request waits for its answer already."))
    return EvidenceGrantRequest.record(
        evidence=evidence, requested_by=by, reason=cases.need_reason(reason), hours=hours
    )


@transaction.atomic
def answer(
    *, request: EvidenceGrantRequest, by: User, allowed: bool, reason: str, at: datetime
) -> EvidenceGrant:
    """A supervisor who did not ask says yes, for the hours asked for from `at` on, or no."""
    cases.demand(by, MAY_GRANT)
    if request.requested_by_id == by.pk:
        raise SecondPersonNeeded(_("Nobody allows themselves to see a file: ask a colleague."))
    refuse_confidential(request.evidence.case, by)
    _one_at_a_time(request.evidence)
    if EvidenceGrant.objects.filter(request=request).exists():
        raise WrongStep(_("This request has been answered already."))
    return EvidenceGrant.record(
        request=request,
        answered_by=by,
        allowed=allowed,
        reason=cases.need_reason(reason),
        ends_at=at + timedelta(hours=request.hours) if allowed else None,
    )


@transaction.atomic
def take_back(*, grant: EvidenceGrant, by: User, reason: str, at: datetime) -> EvidenceGrantEnd:
    """Ends a grant at once; a look that was begun before is the last. Whoever may give one may
    take any back, their own included. Raises `NotAllowed`, `WrongStep`, `ReasonMissing`."""
    cases.demand(by, MAY_GRANT)
    evidence = grant.request.evidence
    refuse_confidential(evidence.case, by)
    _one_at_a_time(evidence)
    current: EvidenceGrant = EvidenceGrant.objects.select_related("end").get(pk=grant.pk)
    if not holds(current, at=at):
        raise WrongStep(_("This has ended already, or was never allowed."))
    return EvidenceGrantEnd.record(grant=current, ended_by=by, reason=cases.need_reason(reason))


def holds(grant: EvidenceGrant, *, at: datetime) -> bool:
    """Whether somebody may look by it at `at`, as far as `grant` was read."""
    return grant.ends_at is not None and grant.ends_at > at and not hasattr(grant, "end")


def _one_at_a_time(evidence: Evidence) -> None:
    """Of two who ask, answer or take back at once, the second waits and finds the first.

    Requests and answers are final and cannot be locked themselves; their case can.
    """
    Case.objects.select_for_update().get(pk=evidence.case_id)


def refuse_confidential(case: Case, person: User) -> None:
    """Raises `NotAllowed` if the case is confidential and `person` may not see such."""
    if case.confidential and not person.has_perm("compliance.see_confidential_case"):
        raise NotAllowed(_("This case is confidential."))
