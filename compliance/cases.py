"""What people do to a case: open it, sort it, work on it, ask the customer, close it.

Decisions, evidence, appeals and orders have modules of their own. Each verb locks the case,
checks the step, writes the trail; the database refuses steps that do not exist.
"""

import hashlib
import unicodedata
from collections.abc import Collection
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import Account, User
from compliance import clocks, telling, trail
from compliance.exceptions import NotPossible, NotYours, WrongStep
from compliance.models import (
    Case,
    CaseLink,
    CaseNote,
    CaseTask,
    ClockEntry,
    Policy,
    Queue,
    Severity,
)
from compliance.trail import What

State = Case.State
Clock = ClockEntry.Clock
WORKED_ON = (State.NEW, State.TRIAGED, State.INVESTIGATING)
NEXT_QUEUE = {Queue.INTAKE: Queue.COMPLIANCE, Queue.COMPLIANCE: Queue.SUPERVISORS}


def subject_key_of(
    *,
    account: Account | None,
    person: User | None,
    subject: str,
    opponent: Account | None = None,
) -> str:
    """Names what a case is about, so that two reports on one thing meet; a dispute is about
    both its sides. Raises `NotPossible` when there is nothing."""
    if account is not None:
        against = f":against:{opponent.pk}" if opponent else ""
        return f"account:{account.pk}{against}"
    if person is not None:
        return f"person:{person.pk}"
    folded = " ".join(unicodedata.normalize("NFKC", subject).casefold().split())
    if not folded:
        raise NotPossible(_("Say what it is about: an account, a person or a name."))
    return "called:" + hashlib.sha256(folded.encode()).hexdigest()


@transaction.atomic
def open_or_join(
    *,
    kind: str,
    title: str,
    at: datetime,
    account: Account | None = None,
    person: User | None = None,
    subject: str = "",
    opponent: Account | None = None,
    policy: Policy | None = None,
    severity: int | None = None,
    confidential: bool = False,
    opened_by: User | None = None,
) -> tuple[Case, bool]:
    """The open case of that kind about that subject, and whether it is a new one.

    Whoever comes second, even at the same moment, joins the first: the database has one
    open case of a kind and subject. `severity` is raised, never lowered, by joining.
    """
    key = subject_key_of(account=account, person=person, subject=subject, opponent=opponent)
    version = policy.current if policy else None
    severity = severity or (version.severity if version else Severity.MEDIUM)
    known = _open_one(kind, key)
    if known is None:
        try:
            with transaction.atomic():
                case = Case.objects.create(
                    kind=kind,
                    title=title[:160],
                    account=account,
                    person=person,
                    subject=subject[:200],
                    subject_key=key,
                    opponent=opponent,
                    policy=policy,
                    severity=severity,
                    confidential=confidential,
                    opened_by=opened_by,
                )
        except IntegrityError:
            known = _open_one(kind, key)
            if known is None:
                raise
        else:
            case.refresh_from_db()
            trail.record(case, What.OPENED, actor=opened_by, severity=severity)
            clocks.start(case, Clock.FIRST_LOOK, at=at)
            clocks.start(case, Clock.DECISION, at=at)
            return case, True
    if severity > known.severity or (confidential and not known.confidential):
        known.severity = max(severity, known.severity)
        known.confidential = known.confidential or confidential
        known.save(update_fields=["severity", "confidential"])
    return known, False


def _open_one(kind: str, key: str) -> Case | None:
    found: Case | None = (
        Case.objects.select_for_update().open().filter(kind=kind, subject_key=key).first()
    )
    return found


def lock(case: Case, *, by: User, states: Collection[str], act: str) -> Case:
    """The case as it is now, locked. Raises `NotAllowed`, `WrongStep`, and `NotYours` while a
    colleague works on it."""
    demand(by, "compliance.work_on_case")
    locked: Case = Case.objects.select_for_update().get(pk=case.pk)
    if locked.confidential and not by.has_perm("compliance.see_confidential_case"):
        raise NotAllowed(_("This case is confidential."))
    if locked.state not in states:
        raise WrongStep(
            _("This case is “%(state)s” now, so you cannot %(act)s it. Reload the page.")
            % {"state": locked.get_state_display(), "act": act}
        )
    if locked.assignee_id not in (None, by.pk):
        raise NotYours(
            _("%s works on this case. Ask them to release it, or a supervisor to escalate it.")
            % locked.assignee
        )
    return locked


def demand(person: User, permission: str) -> None:
    """Raises `NotAllowed` unless `person` is staff with that permission, `app.codename`."""
    if not (person.is_staff and person.is_active and person.has_perm(permission)):
        raise NotAllowed(_("Your group may not do this. Ask a supervisor."))


def need_reason(reason: str) -> str:
    """The reason without blanks around it. Raises `ReasonMissing` when nothing is left."""
    if not reason.strip():
        raise ReasonMissing(_("Write down the reason."))
    return reason.strip()


def move(case: Case, state: str) -> None:
    """Takes the next state of a locked case, and an edition, so that nobody saves over it."""
    case.claim_edition(case.edition)
    case.state = state
    case.save(update_fields=["state"])
    case.refresh_from_db(fields=["state_since", "closed_at"])


@transaction.atomic
def sort(
    *, case: Case, by: User, severity: int, policy: Policy | None, reason: str, at: datetime
) -> Case:
    """Somebody looked: how grave it is, and on which policy. The first clock stops; another
    severity starts the clock of the decision anew, with its own days."""
    locked = lock(case, by=by, states=[State.NEW, State.TRIAGED], act=_("sort"))
    graver = severity != locked.severity
    locked.severity, locked.policy = severity, policy
    locked.save(update_fields=["severity", "policy"])
    if locked.state == State.NEW:
        move(locked, State.TRIAGED)
    clocks.stop(locked, Clock.FIRST_LOOK, at=at, actor=by)
    if graver:
        clocks.start(locked, Clock.DECISION, at=at, actor=by)
    trail.record(
        locked,
        What.SORTED,
        actor=by,
        severity=severity,
        policy=policy.code if policy else None,
        reason=reason.strip() or None,
    )
    telling.dispute_opened(locked, at=at)
    return locked


@transaction.atomic
def claim(*, case: Case, by: User, at: datetime) -> Case:
    """Takes a case to work on it. Of two people at once the second is told who was first."""
    states = (*WORKED_ON, State.WAITING, State.DECIDED)
    locked = lock(case, by=by, states=states, act=pgettext("of a case", "claim"))
    if locked.assignee_id == by.pk:
        return locked
    locked.assignee = by
    locked.save(update_fields=["assignee"])
    if locked.state in (State.NEW, State.TRIAGED):
        clocks.stop(locked, Clock.FIRST_LOOK, at=at, actor=by)
        move(locked, State.INVESTIGATING)
    trail.record(locked, What.CLAIMED, actor=by)
    telling.dispute_opened(locked, at=at)
    return locked


@transaction.atomic
def release(*, case: Case, by: User, reason: str) -> Case:
    """Gives a case back to its queue. A supervisor may take it from somebody."""
    demand(by, "compliance.work_on_case")
    locked: Case = Case.objects.select_for_update().get(pk=case.pk)
    if locked.assignee_id is None:
        raise WrongStep(_("Nobody works on this case."))
    if locked.assignee_id != by.pk:
        demand(by, "compliance.approve_decision")
    reason = need_reason(reason)
    was, locked.assignee = locked.assignee, None
    locked.save(update_fields=["assignee"])
    trail.record(locked, What.RELEASED, actor=by, was=was and was.public_id, reason=reason)
    return locked


@transaction.atomic
def escalate(*, case: Case, by: User, reason: str) -> Case:
    """Puts a case before the next queue, for anybody there to claim."""
    demand(by, "compliance.escalate_case")
    locked: Case = Case.objects.select_for_update().get(pk=case.pk)
    following = NEXT_QUEUE.get(Queue(locked.queue))
    if not locked.is_open or following is None:
        raise WrongStep(_("There is nobody further up to escalate this case to."))
    reason = need_reason(reason)
    locked.queue, locked.assignee = following, None
    locked.save(update_fields=["queue", "assignee"])
    trail.record(locked, What.ESCALATED, actor=by, to=following, reason=reason)
    return locked


@transaction.atomic
def note(*, case: Case, by: User, text: str) -> CaseNote:
    """Writes something down for colleagues; any of them may, whoever works on the case."""
    demand(by, "compliance.work_on_case")
    written = CaseNote.record(case=case, author=by, text=need_reason(text))
    trail.record(case, What.NOTED, actor=by, note=written.pk)
    return written


@transaction.atomic
def link(*, case: Case, other: Case, by: User | None, reason: str) -> CaseLink:
    """Says that two cases belong together. Again is harmless. `by` None: a report did."""
    if by is not None:
        demand(by, "compliance.work_on_case")
    if case.pk == other.pk:
        raise NotPossible(_("A case is not linked with itself."))
    earlier, later = sorted((case, other), key=lambda one: one.pk)
    known: CaseLink | None = CaseLink.objects.filter(earlier=earlier, later=later).first()
    if known is not None:
        return known
    linked = CaseLink.record(
        earlier=earlier, later=later, reason=need_reason(reason)[:200], linked_by=by
    )
    for one, another in ((earlier, later), (later, earlier)):
        trail.record(one, What.LINKED, actor=by, other=another.public_id)
    return linked


@transaction.atomic
def add_task(
    *, case: Case, by: User, title: str, assignee: User | None = None, due_on: date | None = None
) -> CaseTask:
    """Something to do, by a day."""
    demand(by, "compliance.work_on_case")
    task = CaseTask.objects.create(
        case=case, title=need_reason(title)[:200], assignee=assignee, due_on=due_on, added_by=by
    )
    trail.record(case, What.TASK_ADDED, actor=by, task=task.pk)
    return task


@transaction.atomic
def finish_task(*, task: CaseTask, by: User, at: datetime) -> CaseTask:
    """Marks a task done. Raises `WrongStep` when it was."""
    demand(by, "compliance.work_on_case")
    locked: CaseTask = CaseTask.objects.select_for_update().get(pk=task.pk)
    if locked.done_at is not None:
        raise WrongStep(_("This task is done already."))
    locked.done_by, locked.done_at = by, at
    locked.save(update_fields=["done_by", "done_at"])
    trail.record(locked.case, What.TASK_DONE, actor=by, task=locked.pk)
    return locked


@transaction.atomic
def close(*, case: Case, by: User, reason: str, at: datetime) -> Case:
    """Nothing is left to do. Before a decision only when there is nothing to decide."""
    states = (*WORKED_ON, State.DECIDED)
    locked = lock(case, by=by, states=states, act=_("close"))
    reason = need_reason(reason)
    waiting = locked.appeals.filter(answer=None).exists()
    if waiting:
        raise WrongStep(_("An appeal waits for its answer: decide it first."))
    for clock in Clock.values:
        clocks.stop(locked, clock, at=at, actor=by)
    move(locked, State.CLOSED)
    locked.assignee = None
    locked.save(update_fields=["assignee"])
    trail.record(locked, What.CLOSED, actor=by, reason=reason)
    return locked


@transaction.atomic
def reopen(*, case: Case, by: User | None, reason: str, at: datetime) -> Case:
    """Something new came up, or an appeal. Another open case about the same subject may have
    begun since: then that one goes on, linked. `by` None: a customer's or reporter's act."""
    if by is not None:
        demand(by, "compliance.work_on_case")
    locked: Case = Case.objects.select_for_update().get(pk=case.pk)
    if locked.state not in (State.CLOSED, State.DECIDED):
        raise WrongStep(_("This case is not closed."))
    if locked.state == State.CLOSED and _open_one(locked.kind, locked.subject_key) is not None:
        raise WrongStep(_("A newer case about the same is open: go on there, and link this one."))
    move(locked, State.INVESTIGATING)
    clocks.start(locked, Clock.DECISION, at=at, actor=by)
    trail.record(locked, What.REOPENED, actor=by, reason=need_reason(reason))
    return locked
