"""What billing contributes to an account's page: the balance, and a word when it is low."""

from datetime import datetime
from typing import Any

from accounts.models import Account, User
from billing.alerts import threshold_of
from billing.balances import balance_of
from billing.roles import handles_money, sees_money


def balance(account: Account, user: User, at: datetime) -> dict[str, Any] | None:
    """Nothing for roles without money."""
    if not sees_money(user, account):
        return None
    has, threshold = balance_of(account, at=at), threshold_of(account)
    return {
        "balance": has,
        "threshold": threshold,
        "is_low": not has.is_new and threshold is not None and has.spendable < threshold,
        "may_act": handles_money(user, account),
    }
