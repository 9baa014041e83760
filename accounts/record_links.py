"""The way from a calling system's page to what it asked, and from an account's to its exemptions
from the explicit label."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.admin.record_links import RecordLink, record_links


def uses_url(client: Any) -> str:
    """What was asked with any token of the client, by the hour."""
    query = urlencode({"token__client__id__exact": client.pk})
    return f"{reverse('admin:accounts_tokenuse_changelist')}?{query}"


def exemptions_url(account: Any) -> str:
    """What the account asked for and was granted."""
    query = urlencode({"q": account.public_id})
    return f"{reverse('admin:accounts_labelapplication_changelist')}?{query}"


def register() -> None:
    """Called once, when the apps are ready."""
    record_links.register(
        RecordLink(
            name="label_exemptions_of_account",
            model="accounts.account",
            label=_("Label exemptions…"),
            permission="accounts.view_labelapplication",
            url=exemptions_url,
        )
    )
    record_links.register(
        RecordLink(
            name="uses_of_client",
            model="accounts.serviceclient",
            label=_("What it asked…"),
            permission="accounts.view_tokenuse",
            url=uses_url,
        )
    )
