"""What decisions contribute to an account's page: those that stand, for who answers for it."""

from datetime import datetime
from typing import Any

from accounts.models import Account, Membership, User
from accounts.pages.panels import AccountPanel, panels
from accounts.roles import ROLES, May
from compliance.models import Decision
from compliance.strikes import standing

MOST_SHOWN = 10


def register() -> None:
    """Called once, when the apps are ready."""
    panels.register(AccountPanel("decisions", "customer/panels/decisions.html", decisions))


def decisions(account: Account, user: User, at: datetime) -> dict[str, Any] | None:
    """Nothing for other roles, or while nothing stands."""
    answers = Membership.objects.filter(account=account, user=user, role__in=ROLES[May.ANSWER])
    if not answers.exists():
        return None
    found = list(
        Decision.objects.filter(
            account=account, approval__isnull=False, reversal=None, statements__isnull=False
        )
        .distinct()
        .select_related("approval", "appeal__answer")
        .order_by("-pk")[:MOST_SHOWN]
    )
    if not found:
        return None
    return {"decisions": found, "points": standing(account=account, at=at).points}
