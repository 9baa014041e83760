"""The ways from an account's page to its money."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.admin.record_links import RecordLink, record_links


def money_url(account: Any) -> str:
    """All of an account's money."""
    return reverse("admin:billing_wallet_change", args=[account.pk])


def statement_url(account: Any) -> str:
    """The account's statement, this month to begin with."""
    return reverse("admin:billing_statement", args=[account.public_id])


def register() -> None:
    """Called once, when the apps are ready."""
    record_links.register(
        RecordLink(
            name="statement_of_account",
            model="accounts.account",
            label=_("Statement…"),
            permission="billing.view_entry",
            url=statement_url,
        )
    )
    record_links.register(
        RecordLink(
            name="money_of_account",
            model="accounts.account",
            label=_("Money"),
            permission="billing.view_wallet",
            url=money_url,
        )
    )
