"""Planning a change from the list of accounts: tick them, then plan."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.admin.selections import SelectionLink, selection_links

# The identifiers travel in the address of the form.
MOST_ACCOUNTS = 100


def planning_url(accounts: QuerySet[Any]) -> str:
    """The form for a new change with those accounts filled in."""
    chosen = ",".join(accounts.order_by("pk").values_list("public_id", flat=True))
    return f"{reverse('admin:notices_servicechange_add')}?{urlencode({'accounts': chosen})}"


def register() -> None:
    """Called once, when the apps are ready."""
    selection_links.register(
        SelectionLink(
            name="plan_change",
            model="accounts.account",
            label=_("Plan a service change for them…"),
            permission="notices.add_servicechange",
            url=planning_url,
            most=MOST_ACCOUNTS,
        )
    )
