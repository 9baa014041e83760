"""Panels of an account's page, contributed by the apps above in their `AppConfig.ready`.

`leaving_cards` are panels too, on the page from which the account is closed.

panels.register(AccountPanel("planned_changes", "notices/account_panel.html", context))
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Account, User
from common.registries import Registry


@dataclass(frozen=True)
class AccountPanel:
    """One panel. `context` gives what its template needs; None leaves it out.

    The template also sees `account`, `membership` and `user`.
    """

    name: str
    template: str
    context: Callable[[Account, User, datetime], dict[str, Any] | None]


panels: Registry[AccountPanel] = Registry("account panel")
leaving_cards: Registry[AccountPanel] = Registry("card of leaving")


def shown(
    found: Registry[AccountPanel], account: Account, user: User, at: datetime
) -> list[dict[str, Any]]:
    """Templates and contexts of those that have something to say of this account."""
    asked = [(panel, panel.context(account, user, at)) for panel in found]
    return [{"template": p.template, "context": c} for p, c in asked if c is not None]
