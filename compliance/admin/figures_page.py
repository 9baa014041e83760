"""The page of figures: plots, each with the table that says the same."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.clock import now
from common.plots import Plot, Series, Tone, stacked_bars
from compliance import figures
from compliance.models import Action, AppealDecision, Queue

WEEKS = 12
QUEUES = [
    Series(name=Queue.INTAKE, label=Queue.INTAKE.label, tone=Tone.INFO),
    Series(name=Queue.COMPLIANCE, label=Queue.COMPLIANCE.label, tone=Tone.TEAL),
    Series(name=Queue.SUPERVISORS, label=Queue.SUPERVISORS.label, tone=Tone.VIOLET),
]
TIMELY = [
    Series(name="in_time", label=gettext_lazy("in time"), tone=Tone.GOOD),
    Series(name="late", label=gettext_lazy("too late"), tone=Tone.BAD),
]
ACTIONS = [
    Series(name="lenient", label=gettext_lazy("none or a warning"), tone=Tone.QUIET),
    Series(name="narrow", label=gettext_lazy("content, output, rate or money"), tone=Tone.INFO),
    Series(name="suspended", label=gettext_lazy("suspended"), tone=Tone.WARN),
    Series(name="ended", label=gettext_lazy("ended for good"), tone=Tone.BAD),
]
LEVEL = {
    Action.NONE: "lenient",
    Action.WARNING: "lenient",
    Action.NAME_CANCELLATION: "narrow",
    Action.CONTENT_ORDER: "narrow",
    Action.OUTPUT_RESTRICTION: "narrow",
    Action.RATE_LIMIT: "narrow",
    Action.LEDGER_HOLD: "narrow",
    Action.PARTIAL_SUSPENSION: "suspended",
    Action.SUSPENSION: "suspended",
    Action.TERMINATION: "ended",
    Action.PERMANENT_DISABLING: "ended",
}
RESULTS = [Series(name="number", label=gettext_lazy("appeals"), tone=Tone.INFO)]
WAITS = [Series(name="median", label=gettext_lazy("hours, median"), tone=Tone.INFO)]


def figures_page(request: HttpRequest, *, site: Any, opts: Any) -> HttpResponse:
    """Twelve weeks, in the reader's time zone."""
    at = now()
    since = figures.since_weeks(WEEKS, at=at)
    zone = request.user.time_zone  # type: ignore[union-attr]
    plots = [
        (_("Open cases by age"), _by_age(figures.queues_by_age(at=at))),
        (_("Decisions in time"), _by_week(figures.breaches(since=since, zone=zone), TIMELY)),
        (_("Decisions by clause"), _by_clause(figures.decisions(since=since))),
        (_("Appeals by result"), _by_result(figures.appeals(since=since))),
        (
            _("How long reporters waited"),
            _by_week(figures.waits(since=since, zone=zone), WAITS),
        ),
    ]
    context = {
        **site.each_context(request),
        "title": _("Figures of cases"),
        "opts": opts,
        "plots": plots,
        "weeks": WEEKS,
    }
    return TemplateResponse(request, "admin/compliance/case/figures.html", context)


def _by_age(counted: dict[str, list[int]]) -> Plot:
    labels = [_("up to %d d") % age for age in figures.AGES]
    labels.append(_("over %d d") % figures.AGES[-1])
    bars = [
        (label, {queue: ages[place] for queue, ages in counted.items()})
        for place, label in enumerate(labels)
    ]
    return stacked_bars(title=_("Open cases by age and queue"), series=QUEUES, bars=bars)


def _by_week(weeks: list[figures.ByWeek], series: list[Series]) -> Plot:
    bars = [(date_format(one.week, "MONTH_DAY_FORMAT"), one.numbers) for one in weeks]
    return stacked_bars(title=_("By week"), series=series, bars=bars)


def _by_clause(decisions: dict[str, dict[str, int]]) -> Plot:
    bars = []
    for clause, actions in decisions.items():
        levels = dict.fromkeys((one.name for one in ACTIONS), 0)
        for action, number in actions.items():
            levels[LEVEL[Action(action)]] += number
        bars.append((clause, levels))
    return stacked_bars(title=_("Decisions by clause and action"), series=ACTIONS, bars=bars)


def _by_result(counted: dict[str, int]) -> Plot:
    bars = [
        (str(AppealDecision.Result(result).label), {"number": number})
        for result, number in counted.items()
    ]
    return stacked_bars(title=_("Appeals by result"), series=RESULTS, bars=bars)
