"""Appeals: by the customer against a decision, by a reporter against "no action".

Decided by somebody who had no part in what is appealed against; the database refuses others
(`0042_guards_of_effects_and_appeals`). What an appeal undoes is what that one decision brought
about: what remains in force is computed from what is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import Membership, User
from accounts.roles import ROLES, May
from common.encryption import decrypt, encrypt
from common.public_ids import new_public_id
from compliance import appeal_letters, cases, clocks, effects, trail
from compliance.exceptions import NotPossible, NotYours, WrongStep
from compliance.models import (
    Appeal,
    AppealDecision,
    Case,
    ClockEntry,
    Decision,
    Evidence,
    ReportOutcome,
)
from compliance.trail import What

State = Case.State
Clock = ClockEntry.Clock
Result = AppealDecision.Result

MOST_TEXT = 10_000


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Whether a decision can be appealed against, and until when; else why not."""

    until: datetime | None
    refusal: str = ""

    @property
    def is_open(self) -> bool:
        return not self.refusal


def opening(decision: Decision, *, at: datetime) -> Opening:
    """How the way to appeal stands for a decision at `at`."""
    statement = decision.statements.first()
    until = statement.appeal_until if statement else None
    if hasattr(decision, "appeal"):
        return Opening(until=until, refusal=_("An appeal against this decision was made already."))
    if not hasattr(decision, "approval") or hasattr(decision, "reversal"):
        return Opening(until=until, refusal=_("This decision does not stand any more."))
    if until is None or until <= at:
        return Opening(until=until, refusal=_("The time to appeal is over."))
    return Opening(until=until)


@transaction.atomic
def appeal(
    *, decision: Decision, by: User, text: str, files: Sequence[Evidence] = (), at: datetime
) -> Appeal:
    """The customer does not agree: once, in time, an owner or administrator of the account.
    `files` were taken into the case already. The case goes on; its clock for appeals starts.

    Raises `NotAllowed`, `NotPossible`, `ReasonMissing`.
    """
    member = Membership.objects.filter(
        account=decision.account_id, user=by, role__in=ROLES[May.ANSWER]
    )
    if not member.exists():
        raise NotAllowed(_("Owners and administrators of the account answer for it."))
    case: Case = Case.objects.select_for_update().get(pk=decision.case_id)
    current = Decision.objects.get(pk=decision.pk)
    way = opening(current, at=at)
    if not way.is_open:
        raise NotPossible(way.refusal)
    made = _appeal(case, by=by, text=text, files=files, at=at, decision=current)
    appeal_letters.received(made, at=at)
    return made


def objection_until(outcome: ReportOutcome) -> datetime | None:
    """Until when a reporter may object to what they were told; None to what was done."""
    if outcome.verdict != ReportOutcome.Verdict.NOT_ACTED:
        return None
    return outcome.recorded_at + timedelta(days=settings.APPEALS_WITHIN_DAYS)


@transaction.atomic
def appeal_of_outcome(
    *, outcome: ReportOutcome, text: str, files: Sequence[Evidence] = (), at: datetime
) -> Appeal:
    """A reporter does not agree with "no action"; once a report, in time. Raises
    `NotPossible`."""
    report = outcome.report
    case: Case = Case.objects.select_for_update().get(pk=report.case_id)
    until = objection_until(outcome)
    if until is None or until <= at or report.appeals.exists():
        raise NotPossible(_("There is nothing to object to, or no longer."))
    return _appeal(
        case, by=report.reporter, text=text, files=files, at=at, outcome=outcome, report=report
    )


def _appeal(
    case: Case,
    *,
    by: User | None,
    text: str,
    files: Sequence[Evidence],
    at: datetime,
    **about: object,
) -> Appeal:
    if not text.strip():
        raise ReasonMissing(_("Say what you object to, and why."))
    if any(file.case_id != case.pk for file in files):
        raise NotPossible(_("These files belong to another case."))
    _go_on(case)
    clocks.start(case, Clock.APPEAL, at=at)
    reading = clocks.read(case, Clock.APPEAL, at=at)
    assert reading is not None
    assert reading.due_at is not None
    public_id = new_public_id("apl")
    made = Appeal.record(
        public_id=public_id,
        case=case,
        appealed_by=by,
        text=encrypt(text.strip()[:MOST_TEXT], purpose=_purpose(public_id)),
        answer_by=reading.due_at,
        **about,
    )
    made.files.set(files)
    trail.record(case, What.APPEALED, appeal=made.public_id, files=len(files) or None)
    return made


def _purpose(public_id: str) -> str:
    return f"compliance.appeal:{public_id}"


def text_of(made: Appeal) -> str:
    """What was objected, decrypted."""
    return decrypt(made.text, purpose=_purpose(made.public_id))


def _go_on(case: Case) -> None:
    """Opens the case again. One that is closed while a newer one about the same subject is
    open stays closed: the appeal is decided all the same."""
    if case.state == State.CLOSED:
        newer = Case.objects.all().open().filter(kind=case.kind, subject_key=case.subject_key)
        if newer.exists():
            return
    if case.state in (State.CLOSED, State.DECIDED):
        cases.move(case, State.INVESTIGATING)
        trail.record(case, What.REOPENED)


def refuse_involved(made: Appeal, person: User) -> None:
    """Raises `NotYours` when `person` proposed or approved what is appealed against, told the
    reporter, or, where a reporter appeals, decided anything in the case."""
    if made.decision_id is not None:
        decided = Decision.objects.filter(pk=made.decision_id)
    else:
        decided = Decision.objects.filter(case=made.case_id)
    involved = set(decided.values_list("proposed_by_id", flat=True))
    involved |= set(decided.values_list("approval__approved_by_id", flat=True))
    if made.outcome is not None:
        involved.add(made.outcome.told_by_id)
    if person.pk in involved:
        raise NotYours(_("You had a part in what is appealed against; somebody else decides."))


@transaction.atomic
def decide(
    *,
    appeal: Appeal,
    result: str,
    reasons_zh_hans: str,
    reasons_en: str,
    decided_by: User,
    at: datetime,
) -> AppealDecision:
    """Answers an appeal, and tells whoever made it. Overturned or changed, what the decision
    brought about is taken back; changed, the case goes on to another decision.

    Raises `NotAllowed`, `NotYours`, `WrongStep`, `NotPossible`, `ReasonMissing`.
    """
    cases.demand(decided_by, "compliance.decide_appeal")
    case: Case = Case.objects.select_for_update().get(pk=appeal.case_id)
    if case.confidential and not decided_by.has_perm("compliance.see_confidential_case"):
        raise NotAllowed(_("This case is confidential."))
    refuse_involved(appeal, decided_by)
    if AppealDecision.objects.filter(appeal=appeal).exists():
        raise WrongStep(_("This appeal was decided already."))
    if appeal.decision_id is None and result == Result.VARIED:
        raise NotPossible(_("What a reporter was told stands or does not."))
    if not reasons_zh_hans.strip() or not reasons_en.strip():
        raise ReasonMissing(_("Write the reasons in both languages."))
    answer = AppealDecision.record(
        appeal=appeal,
        result=result,
        reasons_zh_hans=reasons_zh_hans.strip(),
        reasons_en=reasons_en.strip(),
        decided_by=decided_by,
    )
    if appeal.decision is not None and result != Result.UPHELD:
        _undo(appeal, Decision.objects.get(pk=appeal.decision.pk), answer, at=at)
    trail.record(
        case, What.APPEAL_DECIDED, actor=decided_by, appeal=appeal.public_id, result=result
    )
    _finish(case, answer, at=at)
    appeal_letters.decided(answer, at=at)
    return answer


def _undo(appealed: Appeal, decision: Decision, answer: AppealDecision, *, at: datetime) -> None:
    if hasattr(decision, "reversal"):
        return  # superseded since
    effects.undo(
        decision,
        by=answer.decided_by,
        reason=_("On appeal %s") % appealed.public_id,
        at=at,
        appeal=appealed,
    )


def _finish(case: Case, answer: AppealDecision, *, at: datetime) -> None:
    """Stops the clock, and closes a case that was opened again for this appeal alone, unless
    another decision has to follow."""
    if case.appeals.filter(answer=None).exists():
        return
    clocks.stop(case, Clock.APPEAL, at=at, actor=answer.decided_by)
    deciding = clocks.read(case, Clock.DECISION, at=at)
    goes_on = answer.result == Result.VARIED or (
        answer.appeal.decision_id is None and answer.result == Result.OVERTURNED
    )
    if goes_on:
        if case.state == State.INVESTIGATING and (deciding is None or deciding.stopped_at):
            clocks.start(case, Clock.DECISION, at=at, actor=answer.decided_by)
        return
    if case.state == State.INVESTIGATING and (deciding is None or deciding.stopped_at):
        cases.move(case, State.CLOSED)
        case.assignee = None
        case.save(update_fields=["assignee"])
        trail.record(case, What.CLOSED, actor=answer.decided_by, appeal=answer.appeal.public_id)
