"""What compliance contributes to an account's page: what waits for an answer, and disputes."""

from datetime import datetime
from typing import Any

from accounts.models import Account, Membership, User
from accounts.roles import ROLES, May
from compliance import matters as seen


def matters(account: Account, user: User, at: datetime) -> dict[str, Any] | None:
    """Counts, for those who answer for the account; nothing while nothing is open."""
    answers = Membership.objects.filter(
        account=account, user=user, role__in=ROLES[May.ANSWER]
    ).exists()
    if not answers:
        return None
    counts = seen.counts(account, at=at)
    return {"counts": counts} if counts.to_answer or counts.disputes else None
