"""Strikes: points for decisions that stand, for a time; and what they suggest.

What they suggest is shown to whoever decides next, and decides nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import Account
from compliance.models import Action, Decision, Strike

# From so many points on the next decision is usually no less than this.
THRESHOLDS = (
    (2, Action.RATE_LIMIT),
    (4, Action.SUSPENSION),
    (8, Action.TERMINATION),
)


@dataclass(frozen=True)
class Standing:
    """The strikes of an account that count at a moment, the soonest to expire first."""

    strikes: tuple[Strike, ...]

    @property
    def points(self) -> int:
        return sum(strike.points for strike in self.strikes)

    @property
    def suggested(self) -> Action | None:
        """The action that these points suggest; None while they suggest nothing."""
        reached = [action for least, action in THRESHOLDS if self.points >= least]
        return reached[-1] if reached else None


def record(decision: Decision, *, at: datetime) -> Strike | None:
    """The strike of an approved decision; None for one without points or account."""
    if not decision.strike_points or decision.account_id is None:
        return None
    return Strike.record(
        decision=decision,
        account_id=decision.account_id,
        points=decision.strike_points,
        expires_at=at + timedelta(days=settings.STRIKES_COUNT_FOR_DAYS),
    )


def standing(*, account: Account, at: datetime) -> Standing:
    """How an account stands at `at`: expired strikes and those of undone decisions are gone."""
    found = (
        Strike.objects.filter(account=account, recorded_at__lte=at, expires_at__gt=at)
        .exclude(decision__reversal__recorded_at__lte=at)
        .select_related("decision__policy_version__policy")
        .order_by("expires_at", "pk")
    )
    return Standing(tuple(found))
