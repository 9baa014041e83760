"""The list of what the platform's own systems signalled, and one signal with its figures.

The list may have millions of rows: each filter has an index, and what it offers is looked up
without reading them.
"""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.finding import FoundByAccount
from accounts.models import ServiceClient
from common.admin import EvidenceAdmin, Headline, clause, mono
from common.clock import now
from compliance.admin.of_cases import OfCases, case_link
from compliance.models import PlatformSignal
from compliance.signal_part import figure, reference

TIMES = {
    "hour": (timedelta(hours=1), gettext_lazy("in the last hour")),
    "day": (timedelta(days=1), gettext_lazy("in the last 24 hours")),
    "week": (timedelta(days=7), gettext_lazy("in the last 7 days")),
    "month": (timedelta(days=30), gettext_lazy("in the last 30 days")),
}


class ClientFilter(admin.SimpleListFilter):
    """By the service client it came from, out of those that ever signalled."""

    title = gettext_lazy("service client")
    parameter_name = "client"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        signalled = PlatformSignal.objects.filter(client=OuterRef("pk"))
        clients = ServiceClient.objects.filter(Exists(signalled)).order_by("name")
        return [(str(client.pk), client.name) for client in clients]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in {key for key, _name in self.lookup_choices}:
            return queryset.filter(client=self.value())
        return queryset


class TimeFilter(admin.SimpleListFilter):
    """By when the back office heard of it."""

    title = gettext_lazy("recorded at")
    parameter_name = "since"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, label) for name, (_length, label) in TIMES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if chosen := TIMES.get(self.value() or ""):
            length, _label = chosen
            return queryset.filter(recorded_at__gte=now() - length)
        return queryset


@admin.register(PlatformSignal)
class PlatformSignalAdmin(OfCases, FoundByAccount, EvidenceAdmin):
    list_display = ("number", "kind", "figures", "its_case", "client", "recorded_at")
    list_display_links = ("number",)
    list_select_related = ("case", "client")
    list_filter = ("kind", ClientFilter, TimeFilter)
    search_fields = ("account", "public_id")
    search_help_text = gettext_lazy(
        "Identifier of the signal; name or identifier of the account, or phone or e-mail of a "
        "member"
    )
    ordering = ("-pk",)
    fields = (
        "number",
        "kind",
        "account",
        "its_case",
        "api_key",
        "service",
        "region",
        "observed_from",
        "observed_until",
        "figures",
        "references",
        "client",
        "client_key",
        "recorded_at",
    )
    readonly_fields = fields

    @admin.display(description=gettext_lazy("identifier"))
    def number(self, signal: PlatformSignal) -> SafeString:
        return mono(signal.public_id)

    @admin.display(description=gettext_lazy("case"))
    def its_case(self, signal: PlatformSignal) -> SafeString:
        """With its state, all of it the link."""
        address = reverse("admin:compliance_case_change", args=[signal.case_id])
        state = signal.case.get_state_display()
        return format_html('<a href="{}">{} · {}</a>', address, signal.case.title, state)

    @admin.display(description=gettext_lazy("what was measured"))
    def figures(self, signal: PlatformSignal) -> SafeString | str:
        return _lines(_figure_in_words(one) for one in signal.measured)

    @admin.display(description=gettext_lazy("what the platform found"))
    def references(self, signal: PlatformSignal) -> SafeString | str:
        return _lines(reference(one) for one in signal.evidence)

    def headline(self, obj: PlatformSignal) -> Headline:
        number = PlatformSignal.CLAUSES[PlatformSignal.Kind(obj.kind)]
        facts = [obj.get_kind_display(), clause(number), case_link(obj.case)]
        return Headline(facts=facts)


def _figure_in_words(measured: dict[str, Any]) -> str:
    """As in "requests_per_minute 40,000 (usually 600 at most)"."""
    found = figure(measured)
    words = [found["metric"], found.get("value", "")]
    if "usual" in found:
        words.append(_("(usually %(usual)s at most)") % {"usual": found["usual"]})
    return " ".join(filter(None, words))


def _lines(texts: Any) -> SafeString | str:
    """Each on a line of its own, in one element; a dash for none."""
    lines = format_html_join("", "<div>{}</div>", ((text,) for text in texts))
    return format_html("<div>{}</div>", lines) if lines else "–"
