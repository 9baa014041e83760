"""Ways from people and accounts into notices: plan a change for the accounts ticked in
their list, see what a person was told from their page."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.admin.record_links import RecordLink, record_links
from common.admin.selections import SelectionLink, selection_links

# The identifiers travel in the address of the form.
MOST_ACCOUNTS = 100


def planning_url(accounts: QuerySet[Any]) -> str:
    """The form for a new change with those accounts filled in."""
    chosen = ",".join(accounts.order_by("pk").values_list("public_id", flat=True))
    return f"{reverse('admin:notices_servicechange_add')}?{urlencode({'accounts': chosen})}"


def history_url(person: Any) -> str:
    """Everything that this person was told."""
    return reverse("admin:notices_notice_person", args=[person.public_id])


def concerned_url(account: Any) -> str:
    """The changes that concern an account, and how each stands for it."""
    query = urlencode({"q": account.public_id})
    return f"{reverse('admin:notices_concernedaccount_changelist')}?{query}"


def register() -> None:
    """Called once, when the apps are ready."""
    record_links.register(
        RecordLink(
            name="history_of_notices",
            model="accounts.user",
            label=_("What they were told"),
            permission="notices.view_notice",
            url=history_url,
        )
    )
    record_links.register(
        RecordLink(
            name="changes_of_account",
            model="accounts.account",
            label=_("Service changes"),
            permission="notices.view_concernedaccount",
            url=concerned_url,
        )
    )
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
