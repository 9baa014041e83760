"""What billing shows about accounts on their page in the admin."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.admin.record_links import RecordLink, record_links


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
