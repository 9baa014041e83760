"""What the page of a change shows beside its contents: dry run, progress, what happened."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from accounts.enforcement import applied
from accounts.finding import phone_in
from accounts.models import User
from common.clock import now
from notices import changes
from notices.audiences import Rule
from notices.dry_run import dry_run
from notices.home import words
from notices.models import Announcement, ServiceChange
from notices.reports import left_out, pace, progress_by_phase, rounds
from notices.standings import tally_of

State = ServiceChange.State
FEW = 50

STATE_TONES = {
    State.DRAFT: "quiet",
    State.PROPOSED: "warn",
    State.APPROVED: "info",
    State.ANNOUNCING: "info",
    State.ANNOUNCED: "good",
    State.TAKING_EFFECT: "info",
    State.COMPLETE: "bad",
    State.LIFTED: "quiet",
    State.WITHDRAWN: "quiet",
}
# States in which the gate has something to say: after approval, until it is over.
GATED = (*ServiceChange.UNDER_WAY, State.COMPLETE)
# States in which something was taken away, or given back, and gateways have to know.
FELT = (State.TAKING_EFFECT, State.COMPLETE, State.LIFTED)
# The way a change goes, for the steps at the top of its page.
STEPS = (
    State.DRAFT,
    State.PROPOSED,
    State.APPROVED,
    State.ANNOUNCING,
    State.ANNOUNCED,
    State.TAKING_EFFECT,
    State.COMPLETE,
)


def page_context(request: HttpRequest, change: ServiceChange) -> dict[str, Any]:
    """Everything the template asks for, of a change in whatever state."""
    before_approval = change.state in (State.DRAFT, State.PROPOSED)
    context: dict[str, Any] = {
        "rule_words": Rule.of(change).in_words() if change.rule else [],
        "acts_done": happened(change),
        "concerned": change.concerned.select_related("account").order_by("account_id")[:FEW],
        "texts": change.templates.order_by("phase", "channel", "language"),
    }
    if before_approval:
        context |= _dry_run(request, change)
    else:
        context |= progress_context(change)
    return {**context, "steps": _steps(change)}


def _steps(change: ServiceChange) -> list[tuple[Any, str]]:
    if change.state not in STEPS:
        return []
    place = STEPS.index(State(change.state))
    return [
        (step.label, "done" if at < place else "now" if at == place else "")
        for at, step in enumerate(STEPS)
    ]


def happened(change: ServiceChange) -> list[Any]:
    """Every act on the change, newest first, those on many accounts as one."""
    acts = [*changes.timeline(change), *((one.recorded_at, one) for one in left_out(change))]
    return sorted(acts, key=lambda line: line[0], reverse=True)


def _dry_run(request: HttpRequest, change: ServiceChange) -> dict[str, Any]:
    wanted = request.GET.get("sample", "").replace("\x00", "").strip()[:254]
    person = whose(wanted) if wanted else None
    run = dry_run(change, at=now(), sample_of=person)
    missed = bool(wanted) and (person is None or run.sample_of != person)
    return {
        "dry_run": run,
        "sample_wanted": wanted,
        "sample_missed": missed,
        "may_move": change.state == State.DRAFT and not change.at_once,
    }


def whose(text: str) -> User | None:
    """The person with exactly this identifier, phone number or e-mail address."""
    named = Q(public_id=text) | Q(phone=phone_in(text) or text) | Q(contact_email__iexact=text)
    return User.objects.filter(named).order_by("pk").first()


def progress_context(change: ServiceChange) -> dict[str, Any]:
    """What is shown live: from figures that are kept, counting nothing anew."""
    at = now()
    phases = progress_by_phase(change)
    return {
        "original": change,
        "as_of": at,
        "live": change.state in GATED and change.state != State.COMPLETE,
        "tally": tally_of(change, at=at) if change.state in GATED else None,
        "gated": change.state in GATED,
        "at_risk": bool(change.at_risk.exists()),
        "applied": applied.of_change(change.uuid) if change.state in FELT else None,
        "phases": phases,
        "pace": (at_this_rate := pace(change, phases, at=at)),
        "left": words(at_this_rate.left) if at_this_rate.left else "",
        "rounds": rounds(change),
        "announcements": Announcement.objects.filter(expansion__change=change).select_related(
            "body_zh_hans", "body_en"
        )[:10],
    }
