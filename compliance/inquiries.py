"""Asking the customer: the clock of the decision pauses until the answer is there."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed
from accounts.models import Account, Membership, User
from compliance import cases, clocks, trail
from compliance.exceptions import NotPossible, WrongStep
from compliance.models import Case, ClockEntry, Inquiry, InquiryAnswer
from compliance.trail import What

State = Case.State
Clock = ClockEntry.Clock


@transaction.atomic
def ask(
    *,
    case: Case,
    account: Account,
    by: User,
    question_zh_hans: str,
    question_en: str,
    answer_by: datetime,
    at: datetime,
) -> Inquiry:
    """Asks an account of the case something, until `answer_by`."""
    locked = cases.lock(case, by=by, states=[State.INVESTIGATING], act=_("ask about"))
    if account.pk not in (locked.account_id, locked.opponent_id):
        raise NotPossible(_("This account has no part in the case."))
    if answer_by <= at:
        raise NotPossible(_("Choose a moment to come."))
    inquiry = Inquiry.record(
        case=locked,
        account=account,
        question_zh_hans=cases.need_reason(question_zh_hans),
        question_en=cases.need_reason(question_en),
        answer_by=answer_by,
        asked_by=by,
    )
    cases.move(locked, State.WAITING)
    clocks.pause(locked, Clock.DECISION, at=at, reason=inquiry.public_id, actor=by)
    trail.record(locked, What.ASKED, actor=by, inquiry=inquiry.public_id)
    return inquiry


@transaction.atomic
def answer(*, inquiry: Inquiry, by: User, text: str, at: datetime) -> InquiryAnswer:
    """What the customer says; the clock goes on. Once, and also after the day it was asked
    for, until the case is decided."""
    if not Membership.objects.filter(
        account=inquiry.account_id, user=by, role__in=Membership.NOTICED_ROLES
    ).exists():
        raise NotAllowed(_("Owners and administrators of the account answer for it."))
    locked: Case = Case.objects.select_for_update().get(pk=inquiry.case_id)
    if InquiryAnswer.objects.filter(inquiry=inquiry).exists():
        raise WrongStep(_("This was answered already."))
    if locked.state not in (State.WAITING, State.INVESTIGATING):
        raise WrongStep(_("The case was decided meanwhile. You may appeal against the decision."))
    given = InquiryAnswer.record(inquiry=inquiry, answered_by=by, text=cases.need_reason(text))
    trail.record(locked, What.ANSWERED, inquiry=inquiry.public_id)
    _go_on(locked, reason=inquiry.public_id, at=at)
    return given


def _go_on(case: Case, *, reason: str, at: datetime) -> None:
    """Back to work when nothing that was asked is still waited for."""
    waited_for = case.inquiries.filter(answer=None, answer_by__gt=at)
    if case.state == State.WAITING and not waited_for.exists():
        cases.move(case, State.INVESTIGATING)
        clocks.resume(case, Clock.DECISION, at=at, reason=reason)


def stop_waiting(*, at: datetime) -> int:
    """Cases whose customers let the day pass go on; how many. For the timetable."""
    overdue = Case.objects.filter(state=State.WAITING).exclude(
        pk__in=Inquiry.objects.filter(answer=None, answer_by__gt=at).values("case")
    )
    moved = 0
    for pk in overdue.values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            locked: Case = Case.objects.select_for_update().get(pk=pk)
            _go_on(locked, reason="not answered", at=at)
            moved += locked.state == State.INVESTIGATING
    return moved
