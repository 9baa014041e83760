"""Search and the list of all kinds of records."""

from dataclasses import dataclass
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from common.languages import listed
from common.search import LONGEST_TEXT, Hit, looks_like_identifier, search_sources

# Per source. Whoever needs more narrows the text or opens the list.
MOST_HITS = 20


@dataclass(frozen=True)
class Group:
    """The hits of one source. `count` says `20+` where there may be more."""

    name: str
    label: str | Promise
    hits: list[Hit]

    @property
    def count(self) -> str:
        return f"{MOST_HITS}+" if len(self.hits) >= MOST_HITS else str(len(self.hits))


def search(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Hits by source; the one record an identifier names is opened at once."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT]
    user: Any = request.user
    groups = [
        Group(source.name, source.label, source.search(text, user, MOST_HITS))
        for source in search_sources
        if text and source.open_to(user)
    ]
    found = [group for group in groups if group.hits]
    hits = [hit for group in found for hit in group.hits]
    if len(hits) == 1 and looks_like_identifier(text):
        return HttpResponseRedirect(hits[0].url)
    context = {
        **site.each_context(request),
        "title": _("Search"),
        "text": text,
        "groups": found,
        "searched": listed(group.label for group in groups),
    }
    return TemplateResponse(request, "desk/search.html", context)


def records(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Every kind of record this person may look at, by app."""
    context = {
        **site.each_context(request),
        "title": _("All records"),
        "app_list": site.get_app_list(request),
    }
    return TemplateResponse(request, "desk/records.html", context)
