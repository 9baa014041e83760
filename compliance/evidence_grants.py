"""Seeing sensitive files: somebody asks with a reason, a supervisor answers, it expires.

For identity documents and what comes from children. Nobody answers their own request,
superusers included; the database refuses it, and a view without a live grant, as well.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed
from accounts.models import User
from compliance import cases
from compliance.exceptions import NotPossible, SecondPersonNeeded, WrongStep
from compliance.models import Case, Evidence, EvidenceGrant, EvidenceGrantRequest

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
            request__evidence=evidence, request__requested_by=viewer, allowed=True, ends_at__gt=at
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
    if EvidenceGrant.objects.filter(request=request).exists():
        raise WrongStep(_("This request has been answered already."))
    return EvidenceGrant.record(
        request=request,
        answered_by=by,
        allowed=allowed,
        reason=cases.need_reason(reason),
        ends_at=at + timedelta(hours=request.hours) if allowed else None,
    )


def refuse_confidential(case: Case, person: User) -> None:
    """Raises `NotAllowed` if the case is confidential and `person` may not see such."""
    if case.confidential and not person.has_perm("compliance.see_confidential_case"):
        raise NotAllowed(_("This case is confidential."))
