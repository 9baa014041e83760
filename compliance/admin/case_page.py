"""What the page of a case shows: the whole story, and what comes next."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.access import Measure
from billing.money import shown
from common.admin import SevereAct
from common.changes import label_of
from common.languages import pick
from compliance import answer_texts, clocks
from compliance.admin_tones import STATE_TONES
from compliance.case_parts import case_parts
from compliance.models import Case, CaseEvent, CaseKind, ClockEntry, Report, ReportOutcome
from compliance.story import Story, story_of
from notices.models import ServiceChange

State = Case.State

STEPS = (State.NEW, State.TRIAGED, State.INVESTIGATING, State.PROPOSED, State.DECIDED, State.CLOSED)


def page_context(
    case: Case, *, user: User, acts: Sequence[tuple[SevereAct, str]], at: datetime
) -> dict[str, Any]:
    """Everything the template asks for, in few statements whatever the case holds."""
    story = story_of(case, confidential=user.has_perm("compliance.see_confidential_case"))
    return {
        "steps": _steps(case),
        "parts": _parts(case, user, story),
        "clocks": [_clock(reading) for reading in clocks.readings(case, at=at)],
        "next_step": next_step(case, user, acts),
        **_in_words(story),
    }


def _steps(case: Case) -> list[tuple[Any, str]]:
    # Waiting for the customer is a part of looking into it.
    state = State.INVESTIGATING if case.state == State.WAITING else State(case.state)
    place = STEPS.index(state)
    return [
        (step.label, "done" if at < place else "now" if at == place else "")
        for at, step in enumerate(STEPS)
    ]


def _parts(case: Case, user: User, story: Story) -> list[tuple[Any, SafeString]]:
    drawn = []
    for part in case_parts:
        context = part.context(case, user, story.pop(part.name))
        if context is not None:
            drawn.append((part, render_to_string(part.template, {**context, "case": case})))
    return drawn


def _clock(reading: clocks.Reading) -> dict[str, Any]:
    used = reading.used.total_seconds() / 86_400
    return {
        "label": ClockEntry.Clock(reading.clock).label,
        "reading": reading,
        "used": f"{used:.1f}",
        "share": min(1.0, used / reading.days) if reading.days else 1.0,
    }


def _in_words(story: Story) -> dict[str, Any]:
    """The story with labels in place of codes, and where each line leads."""
    for event in story["events"]:
        event["label"] = CaseEvent.What(event["what"]).label
    for report in story["reports"]:
        report["channel"] = Report.Channel(report["channel"]).label
        verdict = report["verdict"]
        report["verdict"] = ReportOutcome.Verdict(verdict).label if verdict else ""
    for name in ("links", "other_cases"):
        for other in story[name]:
            other["kind"] = CaseKind(other["kind"]).label
            other["tone"] = STATE_TONES[State(other["state"])]
            other["state"] = State(other["state"]).label
            other["url"] = reverse("admin:compliance_case_change", args=[other["id"]])
    for restriction in story["restrictions"]:
        restriction["measure"] = Measure(restriction["measure"]).label
    for change in story["notices"]:
        change["kind"] = label_of(change["kind"])
        change["state"] = ServiceChange.State(change["state"]).label
        change["title"] = pick(None, zh_hans=change["title_zh_hans"], en=change["title_en"])
        change["url"] = reverse("admin:notices_servicechange_change", args=[change["id"]])
    for inquiry in story["inquiries"]:
        inquiry["question"] = pick(
            None, zh_hans=inquiry["question_zh_hans"], en=inquiry["question_en"]
        )
        inquiry["answer"] = _answer_in(inquiry)
    money = [
        (label, shown(line[name]))
        for line in story["money"]
        for label, name in ((_("Paid"), "paid"), (_("Granted"), "granted"), (_("On hold"), "held"))
    ]
    return {**story, "money": money}


def _answer_in(inquiry: dict[str, Any]) -> str:
    """What the customer answered; a statement cannot decrypt."""
    if not inquiry["answer_kept"]:
        return ""
    return answer_texts.shown(
        base64.b64decode(inquiry["answer_kept"]),
        sha256=inquiry["answer_sha256"],
        inquiry=inquiry["public_id"],
    )


NEXT_ACTS = {
    State.NEW: ("claim",),
    State.TRIAGED: ("claim",),
    State.INVESTIGATING: ("claim", "decide"),
    State.DECIDED: ("claim", "close"),
}


def next_step(
    case: Case, user: User, acts: Sequence[tuple[SevereAct, str]]
) -> tuple[Any, str] | None:
    """The one thing to do now, as the label of a button and its address; None: nothing for
    this person. `acts` are those offered to them on this case."""
    if case.assignee_id not in (None, user.pk):
        return None
    offered = {act.name: (act.label, url) for act, url in acts}
    wanted = NEXT_ACTS.get(State(case.state), ())
    return next((offered[name] for name in wanted if name in offered), None)
