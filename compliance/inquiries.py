"""Asking customers: the clock of the decision pauses until nothing that was asked is
waited for any more, be it answered or its day past.

Both sides of a dispute may be asked, each several things. The clock is paused by the
first question and resumed once, by whoever comes last: an answer, or the timetable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed
from accounts.models import Account, Membership, User
from accounts.roles import ROLES, May
from common import working_days
from compliance import answer_texts, cases, clocks, evidence, telling, trail
from compliance.exceptions import NotPossible, WrongStep
from compliance.models import Case, ClockEntry, Evidence, Inquiry, InquiryAnswer, Sensitivity
from compliance.trail import What

State = Case.State
Clock = ClockEntry.Clock
SHANGHAI = ZoneInfo("Asia/Shanghai")

# A clock must not stand still for good.
LONGEST_WAIT = timedelta(days=60)
MOST_FILES = 5
# How much working time before its end people are reminded.
REMINDED_BEFORE = timedelta(days=1)
# No more days off follow one another; nothing that ends later is looked at.
LONGEST_HOLIDAYS = timedelta(days=14)
AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Attached:
    """A file that comes with an answer. `identity`: it shows an identity document."""

    name: str
    content: bytes
    identity: bool = False


def end_of(day: date) -> datetime:
    """The moment at which a day in Shanghai is over: answers are asked for by days."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


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
    """Asks an account of the case something, until `answer_by`; those who answer for the
    account are told. Raises what `cases.lock` does, and `NotPossible`."""
    states = [State.INVESTIGATING, State.WAITING]
    locked = cases.lock(case, by=by, states=states, act=_("ask about"))
    if account.pk not in (locked.account_id, locked.opponent_id):
        raise NotPossible(_("This account has no part in the case."))
    if answer_by <= at:
        raise NotPossible(_("Choose a moment to come."))
    if answer_by > at + LONGEST_WAIT:
        raise NotPossible(
            _("Choose a day within %(days)s days: the clock stands still until then.")
            % {"days": LONGEST_WAIT.days}
        )
    inquiry = Inquiry.record(
        case=locked,
        account=account,
        question_zh_hans=cases.need_reason(question_zh_hans),
        question_en=cases.need_reason(question_en),
        answer_by=answer_by,
        asked_by=by,
    )
    if locked.state == State.INVESTIGATING:
        cases.move(locked, State.WAITING)
        clocks.pause(locked, Clock.DECISION, at=at, reason=inquiry.public_id, actor=by)
    trail.record(locked, What.ASKED, actor=by, inquiry=inquiry.public_id)
    telling.asked(inquiry, at=at)
    return inquiry


@transaction.atomic
def answer(
    *, inquiry: Inquiry, by: User, text: str, at: datetime, files: Sequence[Attached] = ()
) -> InquiryAnswer:
    """What the customer says; the clock goes on when nothing else is waited for. Once, and
    also after the day it was asked for, until the case is decided.

    Raises `NotAllowed`, `WrongStep`, and `NotPossible` for a file that is not taken; then
    nothing is kept of the others either.
    """
    if not Membership.objects.filter(
        account=inquiry.account_id, user=by, role__in=ROLES[May.ANSWER]
    ).exists():
        raise NotAllowed(_("Owners and administrators of the account answer for it."))
    # Of two answers at once the second waits here, and then finds the first.
    locked: Case = Case.objects.select_for_update().get(pk=inquiry.case_id)
    if InquiryAnswer.objects.filter(inquiry=inquiry).exists():
        raise WrongStep(_("This was answered already."))
    if locked.state == State.DECIDED:
        raise WrongStep(_("The case was decided meanwhile. You may appeal against the decision."))
    if locked.state == State.CLOSED:
        raise WrongStep(_("This matter is closed: nothing more needs to be answered."))
    if len(files) > MOST_FILES:
        raise NotPossible(_("Add %(most)s files at most.") % {"most": MOST_FILES})
    said = cases.need_reason(text)
    given = InquiryAnswer.record(inquiry=inquiry, answered_by=by)
    answer_texts.keep(given, said)
    given.files.add(*(_kept(one, case=locked, by=by, inquiry=inquiry, at=at) for one in files))
    trail.record(locked, What.ANSWERED, inquiry=inquiry.public_id)
    _go_on(locked, reason=inquiry.public_id, at=at)
    telling.answered(given, at=at)
    return given


def _kept(file: Attached, *, case: Case, by: User, inquiry: Inquiry, at: datetime) -> Evidence:
    return evidence.add(
        case=case,
        content=file.content,
        name=file.name,
        source=Evidence.Source.CUSTOMER,
        at=at,
        sensitivity=Sensitivity.IDENTITY if file.identity else Sensitivity.ORDINARY,
        added_by=by,
        note=inquiry.public_id,
    )


def _go_on(case: Case, *, reason: str, at: datetime) -> bool:
    """Back to work when nothing that was asked is still waited for; whether it went."""
    waited_for = case.inquiries.filter(answer=None, answer_by__gt=at)
    if case.state != State.WAITING or waited_for.exists():
        return False
    cases.move(case, State.INVESTIGATING)
    clocks.resume(case, Clock.DECISION, at=at, reason=reason)
    return True


def stop_waiting(*, at: datetime) -> int:
    """Cases whose customers let the day pass go on; how many. For the timetable."""
    waited_for = Inquiry.objects.filter(answer=None, answer_by__gt=at)
    overdue = Case.objects.filter(state=State.WAITING).exclude(pk__in=waited_for.values("case"))
    pks = list(overdue.order_by("state_since", "pk").values_list("pk", flat=True)[:AT_ONCE])
    return sum(_stop_waiting_in(pk, at=at) for pk in pks)


@transaction.atomic
def _stop_waiting_in(pk: int, *, at: datetime) -> bool:
    # Whoever holds it answers or asks: the next round looks again.
    found = Case.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if found is None or not _go_on(found, reason="not answered", at=at):
        return False
    unanswered = found.inquiries.filter(answer=None).order_by("pk")
    trail.record(
        found, What.UNANSWERED, inquiries=list(unanswered.values_list("public_id", flat=True))
    )
    return True


def remind(*, at: datetime) -> int:
    """Reminds those whose answer is due within a working day, once; how many inquiries.

    Who was asked for less than that long was told of the day a moment ago.
    """
    waiting = (
        Inquiry.objects.filter(
            answer=None,
            answer_by__gt=at,
            answer_by__lte=at + LONGEST_HOLIDAYS,
            case__state=State.WAITING,
        )
        .exclude(public_id__in=telling.reminded())
        .select_related("case__policy", "account")
        .order_by("answer_by", "pk")[:AT_ONCE]
    )
    due = [
        one
        for one in waiting
        if working_days.between(at, one.answer_by).worked <= REMINDED_BEFORE
        and working_days.between(one.recorded_at, one.answer_by).worked > REMINDED_BEFORE
    ]
    for inquiry in due:
        telling.remind(inquiry, at=at)
    return len(due)
