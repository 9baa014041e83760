"""What becomes of an effect when another decision takes its place.

From the approval on the one before stands no more: it cannot be appealed against and its
strike does not count. What it took away stays away until the new decision takes effect, which
gives it back (`compliance.effects.begun`), or until its own term is over; so a lead time leaves
no gap. It is given back at the approval where the new decision takes nothing away, and where
one that is milder says so.
"""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import User
from compliance import effects
from compliance.exceptions import NotPossible
from compliance.models import Action, Decision, DecisionReversal

# From the mildest to the most severe, as access ranks what they take away.
BY_SEVERITY = (
    Action.NONE,
    Action.WARNING,
    Action.CONTENT_ORDER,
    Action.LEDGER_HOLD,
    Action.RATE_LIMIT,
    Action.OUTPUT_RESTRICTION,
    Action.PARTIAL_SUSPENSION,
    Action.SUSPENSION,
    Action.TERMINATION,
    Action.PERMANENT_DISABLING,
)


def stands(decision: Decision, *, to_replace: bool = False) -> bool:
    """Whether it is approved and not undone. `to_replace`: or was undone on an appeal so that
    another takes its place, and none has yet."""
    if not hasattr(decision, "approval"):
        return False
    if to_replace:
        with connection.cursor() as cursor:
            cursor.execute("SELECT compliance_is_replaceable(%s)", [decision.pk])
            row = cursor.fetchone()
        return bool(row and row[0])
    return not hasattr(decision, "reversal")


def is_milder(*, action: str, days: int | None, than: Decision) -> bool:
    """Whether an action for so many days (None: until lifted) is less than what `than` does:
    a milder action, or the same one that ends earlier."""
    own, other = BY_SEVERITY.index(Action(action)), BY_SEVERITY.index(Action(than.action))
    if own != other:
        return own < other
    return days is not None and (than.days is None or days < than.days)


def refuse_unfit(
    *, before: Decision | None, action: str, days: int | None, lifts_at_once: bool
) -> None:
    """Raises `NotPossible` unless an action for so many days may take the place of `before`
    (None: of nothing), and give back at once what that one took if it says so."""
    if before is not None and not stands(before, to_replace=True):
        raise NotPossible(_("Only a decision that stands can be superseded."))
    if not lifts_at_once:
        return
    if before is None:
        raise NotPossible(_("Choose the decision whose effect is lifted at once."))
    if not is_milder(action=action, days=days, than=before):
        raise NotPossible(
            _("Only a milder decision lifts the one before at once: else there would be a gap.")
        )


def keeps_the_effect(decision: Decision) -> bool:
    """Whether what was taken before stays away until `decision` takes effect."""
    return effects.takes_away(decision) and not decision.lifts_at_once


def supersede(decision: Decision, *, by: User, at: datetime) -> DecisionReversal:
    """The approval of `decision` undoes the one it takes the place of, which stood until now."""
    before = decision.supersedes
    assert before is not None  # for the caller to see to
    return effects.undo(
        before,
        by=by,
        reason=_("Superseded by %s") % decision.public_id,
        at=at,
        keeping_effect=keeps_the_effect(decision),
    )


def in_words(decision: Decision) -> str:
    """What `decision` takes the place of, and what becomes of that; empty for nothing."""
    before = decision.supersedes
    if before is None:
        return ""
    named = {"before": before.public_id}
    reversal = getattr(before, "reversal", None)
    if reversal is not None and reversal.appeal_id is not None:
        return _("It takes the place of %(before)s, which an appeal has undone.") % named
    if keeps_the_effect(decision):
        return (
            _(
                "It takes the place of %(before)s, whose effect stays until this one begins, or "
                "until its own term is over."
            )
            % named
        )
    return _("It takes the place of %(before)s, whose effect is lifted at once.") % named
