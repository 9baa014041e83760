"""The way from a calling system's page to what it asked."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.admin.record_links import RecordLink, record_links


def uses_url(client: Any) -> str:
    """What was asked with any token of the client, by the hour."""
    query = urlencode({"token__client__id__exact": client.pk})
    return f"{reverse('admin:accounts_tokenuse_changelist')}?{query}"


def register() -> None:
    """Called once, when the apps are ready."""
    record_links.register(
        RecordLink(
            name="uses_of_client",
            model="accounts.serviceclient",
            label=_("What it asked…"),
            permission="accounts.view_tokenuse",
            url=uses_url,
        )
    )
