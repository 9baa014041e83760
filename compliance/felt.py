"""Since when what was decided is felt, or from when on it will be, for those who read a case."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import Permit
from compliance.models import Decision
from notices.models import ServiceChange

State = ServiceChange.State


@dataclass(frozen=True, kw_only=True)
class Felt:
    """How the change that carries a decision out stands for its account. `planned_for` is the
    first moment at which it may begin, as postponed; `begun_at` None: it has not."""

    state: str
    planned_for: datetime
    begun_at: datetime | None
    ends_at: datetime | None


def felt_by(decision: Decision) -> Felt | None:
    """Of an approved decision; None for one that no change carries out."""
    effect = getattr(decision, "effect", None)
    if effect is None or effect.change is None:
        return None
    change = effect.change
    permit = Permit.objects.filter(change=change.uuid, account=decision.account_id).first()
    return Felt(
        state=change.state,
        planned_for=change.planned_for,
        begun_at=permit.recorded_at if permit else None,
        ends_at=change.ends_at,
    )


def in_words(felt: Felt | None, *, at: datetime) -> str:
    """One sentence; empty where nothing is felt."""
    if felt is None:
        return ""
    if felt.begun_at is None:
        return _before(felt, at=at)
    if felt.state == State.LIFTED:
        return _("lifted; was in effect since %s") % _moment(felt.begun_at)
    if felt.ends_at is None:
        return _("in effect since %s") % _moment(felt.begun_at)
    if felt.ends_at <= at:
        return _("over since %s") % _moment(felt.ends_at)
    return _("in effect since %(since)s, until %(until)s") % {
        "since": _moment(felt.begun_at),
        "until": _moment(felt.ends_at),
    }


def _before(felt: Felt, *, at: datetime) -> str:
    if felt.state == State.WITHDRAWN:
        return _("called off before it took effect")
    if felt.ends_at is not None and felt.ends_at <= at:
        return _("over before it took effect")
    if felt.planned_for > at:
        return _("takes effect on %s") % _moment(felt.planned_for)
    # Nobody was told in time, or the job has not come to it yet.
    return _("to take effect since %s, and has not yet") % _moment(felt.planned_for)


def _moment(moment: datetime) -> str:
    return date_format(localtime(moment), "DATETIME_FORMAT")
