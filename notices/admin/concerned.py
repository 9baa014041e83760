"""The accounts of a change, each with how it stands; and the gates at risk."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from accounts.finding import accounts_found
from accounts.models import Account
from common.admin import EvidenceAdmin, Headline, moment, mono, pill
from common.admin.lists import DeskChangeList
from common.search import MOST_FOUND_FIRST
from notices.account_standings import attach, explanation, people_told
from notices.admin.account_acts import ON_CONCERNED, ON_RISK
from notices.admin.delivery_columns import delivery_pill, masked
from notices.admin.histories import history_url
from notices.admin.of_change import OfChangeFilter
from notices.announced import MOVING
from notices.models import ConcernedAccount, GateAtRisk

CAUSE_TONES = {
    GateAtRisk.Cause.NOBODY: "bad",
    GateAtRisk.Cause.UNDELIVERED: "bad",
    GateAtRisk.Cause.UNKNOWN: "warn",
    GateAtRisk.Cause.LATE: "info",
}


class StandingsList(DeskChangeList):
    """Looks up how all accounts on the page stand, at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        attach(self.result_list)


class OfAccountAdmin(EvidenceAdmin):
    """Lists of accounts of changes: searched by account, or by whoever belongs to it."""

    list_per_page = 200
    list_select_related = ("change", "account")
    search_fields = ("account",)
    search_help_text = _("Name, identifier or reference; phone or e-mail of somebody of it")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("change__lead_policy", "account")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return StandingsList

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        return found_by(queryset, search_term), False

    @admin.display(description=_("account"))
    def account_shown(self, record: Any) -> str:
        return str(record.account)

    @admin.display(description=_("identifier"))
    def identifier(self, record: Any) -> str:
        return mono(record.account.public_id)

    @admin.display(description=_("change"))
    def change_shown(self, record: Any) -> str:
        return str(record.change)

    @admin.display(description=_("change"))
    def change_link(self, record: Any) -> str:
        address = reverse("admin:notices_servicechange_change", args=[record.change_id])
        return format_html('<a href="{}">{}</a>', address, record.change)

    @admin.display(description=_("account"))
    def account_link(self, record: Any) -> str:
        address = reverse("admin:accounts_account_change", args=[record.account_id])
        return format_html('<a href="{}">{}</a>', address, record.account)

    @admin.display(description=_("opens"))
    def opens(self, record: Any) -> str:
        return moment(record.standing.opens_at)

    @admin.display(description=_("stands"))
    def stands(self, record: Any) -> str:
        return pill(*record.standing.pill())

    @admin.display(description=_("why its gate stands so"))
    def why(self, record: Any) -> str:
        return format_html_join("", "<p>{}</p>", zip(explanation(record.change, record.account)))

    @admin.display(description=_("who was told ahead"))
    def people(self, record: Any) -> str:
        lines = [
            (
                history_url(notice.recipient, record.change),
                notice.recipient,
                moment(notice.recorded_at),
                format_html_join(
                    " ", "{} {}", ((masked(one), delivery_pill(one)) for one in deliveries)
                ),
            )
            for notice, deliveries in people_told(record.change, record.account)
        ]
        if not lines:
            return str(_("Nobody."))
        return format_html_join("", '<p><a href="{}">{}</a> · {} · {}</p>', lines)


def found_by(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those of `rows` whose account `text` finds, also among a million."""
    text = text.strip()
    if not text:
        return rows
    by_reference = Account.objects.filter(external_ref=text).values_list("pk", flat=True)
    found = accounts_found(Account.objects.all(), text).values_list("pk", flat=True)
    keys = {*by_reference, *found[: MOST_FOUND_FIRST + 1]}
    return rows.filter(account__in=found if len(keys) > MOST_FOUND_FIRST else keys)


@admin.register(ConcernedAccount)
class ConcernedAccountAdmin(OfAccountAdmin):
    """Every account of a change: told, from when, feels it, or left out."""

    severe_acts = ON_CONCERNED
    list_display = ("account_shown", "identifier", "stands", "opens", "round", "change_shown")
    list_filter = (OfChangeFilter,)
    fields = ("account_link", "change_link", "round", "why", "people")
    readonly_fields = fields

    def headline(self, obj: Any) -> Headline:
        attach([obj])
        return Headline(pills=[obj.standing.pill()], facts=[str(obj.change)])


@admin.register(GateAtRisk)
class GateAtRiskAdmin(OfAccountAdmin):
    """Accounts that will not feel a change when planned, unless somebody does better."""

    severe_acts = ON_RISK
    list_display = ("account_shown", "cause_shown", "opens", "since", "change_shown", "planned")
    list_filter = (OfChangeFilter, "cause")
    fields = ("account_link", "change_link", "cause", "since", "why", "people")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(change__state__in=MOVING)

    @admin.display(description=_("cause"), ordering="cause")
    def cause_shown(self, record: Any) -> str:
        return pill(record.get_cause_display(), CAUSE_TONES[GateAtRisk.Cause(record.cause)])

    @admin.display(description=_("planned for"))
    def planned(self, record: Any) -> str:
        return moment(record.change.planned_for)

    def headline(self, obj: Any) -> Headline:
        return Headline(
            pills=[(obj.get_cause_display(), CAUSE_TONES[GateAtRisk.Cause(obj.cause)])],
            facts=[str(obj.change)],
        )
