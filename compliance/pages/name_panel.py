"""The panel on an account's page while a deadline for its name runs (clause 1.2.5)."""

from datetime import datetime
from typing import Any

from accounts.models import Account, Membership, User
from accounts.pages.panels import AccountPanel, panels
from accounts.roles import ROLES, May
from compliance import names


def register() -> None:
    """Called once, when the apps are ready."""
    panels.register(AccountPanel("name", "customer/panels/name.html", name))


def name(account: Account, user: User, at: datetime) -> dict[str, Any] | None:
    """Nothing for other roles, or while no deadline runs."""
    answers = Membership.objects.filter(account=account, user=user, role__in=ROLES[May.ANSWER])
    if not answers.exists():
        return None
    effect = names.pending(account).first()
    if effect is None:
        return None
    stand = names.standing(effect.decision.order, account)
    return {
        "decision": effect.decision,
        "until": names.deadline(effect, account),
        "of_account": stand.get(names.OF_ACCOUNT),
        "of_holder": stand.get(names.OF_HOLDER),
        "is_holder": account.holder_id == user.pk,
    }
