"""What customers see of cases: what they were asked, and their own part of a dispute.

Of a dispute between users (1.5) each side sees its own reports with their statements and
files, what it was asked and answered, how the matter stands and what came of it for itself.
Nothing here reads the other side's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Account
from compliance import appeals, report_reading
from compliance.models import (
    Appeal,
    Case,
    CaseEvent,
    CaseKind,
    Decision,
    Evidence,
    Inquiry,
    InquiryAnswer,
    Report,
    ReportOutcome,
)

State = Case.State
What = CaseEvent.What
# Until then an answer is taken.
UNDECIDED = (State.NEW, State.TRIAGED, State.INVESTIGATING, State.WAITING, State.PROPOSED)


def inquiries_of(account: Account) -> QuerySet[Inquiry]:
    """What the account was asked, newest first."""
    asked = Inquiry.objects.filter(account=account)
    answered = ("answer__answered_by", "answer__words")
    return asked.select_related("case__policy", *answered).order_by("-pk")


def open_inquiries(account: Account) -> QuerySet[Inquiry]:
    """Those that can still be answered, the most urgent first."""
    waiting = inquiries_of(account).filter(answer=None, case__state__in=UNDECIDED)
    return waiting.order_by("answer_by", "pk")


def past_inquiries(account: Account) -> QuerySet[Inquiry]:
    """Those that were answered, or can no longer be."""
    return inquiries_of(account).exclude(answer=None, case__state__in=UNDECIDED)


def can_be_answered(inquiry: Inquiry) -> bool:
    """Whether nobody has answered and the case is not decided."""
    answered = InquiryAnswer.objects.filter(inquiry=inquiry).exists()
    return not answered and inquiry.case.state in UNDECIDED


def disputes_of(account: Account) -> QuerySet[Case]:
    """Disputes the account is a side of, newest first: those that somebody of ours has
    looked at, or that the account brought to us itself."""
    looked_at = CaseEvent.objects.filter(case=OuterRef("pk"), what__in=[What.SORTED, What.CLAIMED])
    own = Report.objects.filter(case=OuterRef("pk"), reporter_account=account)
    return (
        Case.objects.filter(Q(account=account) | Q(opponent=account), kind=CaseKind.USER_DISPUTE)
        .filter(Exists(looked_at) | Exists(own))
        .order_by("-pk")
    )


@dataclass(frozen=True)
class OwnObjection:
    """What a side said against an answer, and what it added."""

    appeal: Appeal
    text: str
    files: Sequence[Evidence]


@dataclass(frozen=True)
class OwnReport:
    """A report in the name of a side, as it was written; files by their names."""

    report: Report
    statement: str
    files: Sequence[Evidence]
    objections: Sequence[OwnObjection]


@dataclass(frozen=True)
class OwnPart:
    """One side's part of a dispute."""

    case: Case
    standing: str | Promise
    reports: Sequence[OwnReport]
    outcomes: Sequence[ReportOutcome]
    inquiries: Sequence[Inquiry]
    decisions: Sequence[Decision]


def own_part(case: Case, account: Account) -> OwnPart:
    """What `account` sees of a dispute: what it wrote, was asked and was told."""
    reports = own_reports(case, account)
    outcomes = ReportOutcome.objects.filter(report__in=[one.report.pk for one in reports])
    inquiries = list(inquiries_of(account).filter(case=case).prefetch_related("answer__files"))
    # Its own, once a second person agreed to it.
    decisions = Decision.objects.filter(case=case, account=account, approval__isnull=False)
    return OwnPart(
        case=case,
        standing=standing(case, asked=any(not hasattr(one, "answer") for one in inquiries)),
        reports=reports,
        outcomes=list(outcomes.select_related("report").order_by("pk")),
        inquiries=inquiries,
        decisions=list(decisions.select_related("approval", "reversal").order_by("pk")),
    )


def own_reports(case: Case, account: Account) -> list[OwnReport]:
    """What `account` reported in the case, oldest first; three statements however many."""
    reports = Report.objects.filter(case=case, reporter_account=account)
    return [
        OwnReport(
            report=report,
            statement=report_reading.own_statement(report, account=account),
            files=list(report.files.all()),
            objections=[
                OwnObjection(appeal=made, text=appeals.text_of(made), files=list(made.files.all()))
                for made in report.appeals.all()
            ],
        )
        for report in reports.order_by("pk").prefetch_related("files", "appeals__files")
    ]


def standing(case: Case, *, asked: bool) -> str | Promise:
    """How a matter stands, as one side may know it: not whether the other was asked
    (`asked`: this side was, and has not answered), nor what is proposed."""
    if case.state == State.CLOSED:
        return pgettext_lazy("of a matter", "closed")
    if case.state == State.DECIDED:
        return pgettext_lazy("of a matter", "decided")
    if asked:
        return _("waiting for your answer")
    return (
        pgettext_lazy("of a matter", "received")
        if case.state == State.NEW
        else _("being looked into")
    )


@dataclass(frozen=True)
class Counts:
    """Figures for the page of an account. `late` ones are past their day."""

    to_answer: int
    late: int
    next_by: datetime | None
    disputes: int


def counts(account: Account, *, at: datetime) -> Counts:
    """How many questions wait for an answer and how many disputes are open."""
    days = list(open_inquiries(account).values_list("answer_by", flat=True)[:100])
    ahead = [day for day in days if day > at]
    return Counts(
        to_answer=len(days),
        late=len(days) - len(ahead),
        next_by=min(ahead, default=None),
        disputes=disputes_of(account).filter(closed_at=None).count(),
    )
