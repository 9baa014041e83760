"""What else the page of an account's money shows, such as its orders: declared here, filled
by whoever keeps them, in `AppConfig.ready`. A mere link is a `RecordLink` on `billing.wallet`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.functional import Promise

from accounts.models import Account
from common.registries import Registry


@dataclass(frozen=True, kw_only=True)
class AccountPart:
    """A card of the page: `template` with what `context` answers of the account.

    `permission` is `app.codename`; `wide` takes the whole width, for tables.
    """

    name: str
    label: str | Promise
    template: str
    context: Callable[[Account], dict[str, Any]]
    permission: str
    wide: bool = False


account_parts: Registry[AccountPart] = Registry("part of an account's money")


def parts_of(account: Account, user: Any) -> list[dict[str, Any]]:
    """The cards that this person may see."""
    return [
        {
            "name": part.name,
            "label": part.label,
            "wide": part.wide,
            "html": render_to_string(part.template, part.context(account)),
        }
        for part in account_parts
        if user.has_perm(part.permission)
    ]
