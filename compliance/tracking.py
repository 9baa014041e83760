"""What a reporter may know of their report: how far it is, what came of it, what they can do.

Nothing here tells of the account it is about, of staff, or of what others reported: how far
it is counts what staff did after this report came in, not how far the case was by then.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compliance import appeals, clocks
from compliance.models import Appeal, CaseEvent, Report, ReportOutcome, Severity
from compliance.models.reports import receipt_in
from compliance.reports import latest_outcome

What = CaseEvent.What
Verdict = ReportOutcome.Verdict

# What shows that somebody of the staff is at it.
WORK = (
    What.SORTED,
    What.CLAIMED,
    What.ESCALATED,
    What.NOTED,
    What.ASKED,
    What.DECISION_PROPOSED,
    What.DECISION_APPROVED,
    What.CLOSED,
)


class Stage(models.TextChoices):
    RECEIVED = "received", _("received")
    LOOKED_INTO = "looked_into", _("being looked into")
    TOLD = "told", pgettext_lazy("of a report", "answered")
    APPEALED = "appealed", _("objected, being looked at again")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A report as its reporter sees it."""

    report: Report
    stage: Stage
    outcome: ReportOutcome | None
    appeal: Appeal | None
    appeal_until: datetime | None
    """Until when they may object; None when there is nothing to object to, or no longer."""

    @property
    def tone(self) -> str:
        return {Stage.RECEIVED: "", Stage.TOLD: "good"}.get(self.stage, "warn")


def found(written: str) -> Report | None:
    """The report with that receipt number; None for unknown and malformed ones alike."""
    receipt = receipt_in(written)
    if receipt is None:
        return None
    report: Report | None = (
        Report.objects.select_related("case", "about", "reporter").filter(receipt=receipt).first()
    )
    return report


def standing(report: Report, *, at: datetime) -> Standing:
    """How the report is at `at`."""
    outcome = latest_outcome(report)
    appeal: Appeal | None = getattr(outcome, "appeal", None) if outcome else None
    # Once per report: what the second answer says, stands.
    may = outcome is not None and not report.appeals.exists()
    until = appeals.objection_until(outcome) if outcome and may else None
    return Standing(
        report=report,
        stage=_stage(report, outcome, appeal),
        outcome=outcome,
        appeal=appeal,
        appeal_until=until if until and at < until else None,
    )


def stages_of(reports: list[Report]) -> dict[int, Stage]:
    """How far each is, for lists: two statements however many they are."""
    told: dict[int, ReportOutcome] = {}
    outcomes = ReportOutcome.objects.filter(report__in=reports).select_related("appeal__answer")
    for outcome in outcomes.order_by("pk"):
        told[outcome.report_id] = outcome
    looked = set(
        Report.objects.filter(pk__in=[one.pk for one in reports])
        .filter(models.Exists(_work_since(models.OuterRef("case"), models.OuterRef("recorded_at"))))
        .values_list("pk", flat=True)
    )
    return {
        one.pk: _stage_from(
            told.get(one.pk),
            getattr(told.get(one.pk), "appeal", None),
            looked_into=one.pk in looked,
        )
        for one in reports
    }


def usual_days() -> tuple[int, int]:
    """In how many working days somebody looks at a report, and it is answered: the same for
    every report, since how grave a case is taken is not the reporter's to know."""
    usual = Severity.MEDIUM
    return (
        clocks.DAYS[clocks.Clock.FIRST_LOOK][usual],
        clocks.DAYS[clocks.Clock.DECISION][usual],
    )


def _stage(report: Report, outcome: ReportOutcome | None, appeal: Appeal | None) -> Stage:
    looked_into = outcome is None and _work_since(report.case_id, report.recorded_at).exists()
    return _stage_from(outcome, appeal, looked_into=looked_into)


def _stage_from(
    outcome: ReportOutcome | None, appeal: Appeal | None, *, looked_into: bool
) -> Stage:
    if outcome is None:
        return Stage.LOOKED_INTO if looked_into else Stage.RECEIVED
    answered = appeal is None or hasattr(appeal, "answer")
    return Stage.TOLD if answered else Stage.APPEALED


def _work_since(case: Any, since: Any) -> models.QuerySet[CaseEvent]:
    events: models.QuerySet[CaseEvent] = CaseEvent.objects.filter(
        case=case, recorded_at__gt=since, what__in=WORK, actor__isnull=False
    )
    return events
