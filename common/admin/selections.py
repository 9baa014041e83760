"""What an app above offers for rows selected in a list below it.

A selection link leads to a page with the selected records filled in, such as planning a
change for the accounts that were ticked. Registered in the upper app's
`AppConfig.ready`; the list of the lower app shows it without knowing it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from common.registries import Registry

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


@dataclass(frozen=True, kw_only=True)
class SelectionLink:
    """One offer. `model` is `app.model` in lower case, `url` makes the address from the
    selected records, `most` is how many of them it takes, `permission` is `app.codename`."""

    name: str
    model: str
    label: str | Promise
    permission: str
    url: Callable[[QuerySet[Any]], str]
    most: int

    def follow(
        self, model_admin: "ModelAdmin[Any]", request: HttpRequest, selected: QuerySet[Any]
    ) -> HttpResponse | None:
        """The admin action: leads to the page, or says that too many are selected."""
        if selected[self.most : self.most + 1]:
            messages.error(
                request, _("Select at most %(most)d records at once.") % {"most": self.most}
            )
            return None
        return HttpResponseRedirect(self.url(selected))


selection_links: Registry[SelectionLink] = Registry("selection link")
