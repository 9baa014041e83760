"""Floors that were asked for: what waits for a second person, and what was decided."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.finding import FoundByAccount
from billing.admin.columns import link, yuan
from billing.admin.floor_acts import ApproveFloor, TurnDownFloor, table_of
from billing.models import FloorChange
from common.admin import EvidenceAdmin, Headline, moment, mono, pill
from common.exceptions import BackOfficeError


def standing_of(change: FloorChange) -> tuple[str, str]:
    """What became of a change, as a word and a tone."""
    if hasattr(change, "approval"):
        return _("approved"), "good"
    if hasattr(change, "rejection"):
        return _("turned down"), "quiet"
    return _("waits for approval"), "warn"


class StandingFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("open", _("waits for approval")),
            ("approved", _("approved")),
            ("turned_down", _("turned down")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = {
            "open": Q(approval=None, rejection=None),
            "approved": Q(approval__isnull=False),
            "turned_down": Q(rejection__isnull=False),
        }
        return queryset.filter(wanted.get(self.value() or "", Q()))


@admin.register(FloorChange)
class FloorChangeAdmin(FoundByAccount, EvidenceAdmin):
    severe_acts = (ApproveFloor(), TurnDownFloor())
    change_form_template = "admin/billing/floorchange/change_form.html"
    list_display = (
        "identifier",
        "account",
        "from_yuan",
        "to_yuan",
        "standing",
        "by",
        "recorded_at",
    )
    list_display_links = ("identifier",)
    list_filter = (StandingFilter,)
    list_select_related = ("account", "requested_by", "approval", "rejection")
    search_fields = ("account", "public_id")
    search_help_text = gettext_lazy("Identifier, or the account's name or identifier")
    ordering = ("-pk",)
    fields = (
        "account",
        "from_yuan",
        "to_yuan",
        "reason",
        "case_reference",
        "by",
        "recorded_at",
        "decided",
        "digest",
    )
    readonly_fields = fields

    @admin.display(description=gettext_lazy("identifier"))
    def identifier(self, change: FloorChange) -> str:
        return mono(change.public_id)

    @admin.display(description=gettext_lazy("floor when asked for"))
    def from_yuan(self, change: FloorChange) -> str:
        return yuan(change.was)

    @admin.display(description=gettext_lazy("floor"))
    def to_yuan(self, change: FloorChange) -> str:
        return yuan(change.floor)

    @admin.display(description=gettext_lazy("state"))
    def standing(self, change: FloorChange) -> str:
        return pill(*standing_of(change))

    @admin.display(description=gettext_lazy("asked by"))
    def by(self, change: FloorChange) -> str:
        return str(change.requested_by)

    @admin.display(description=gettext_lazy("decided"))
    def decided(self, change: FloorChange) -> str:
        approval, rejection = (getattr(change, one, None) for one in ("approval", "rejection"))
        if approval is not None:
            return _("approved by %(person)s, %(when)s") % {
                "person": approval.approved_by,
                "when": moment(approval.recorded_at),
            }
        if rejection is not None:
            return _("turned down by %(person)s, %(when)s: %(reason)s") % {
                "person": rejection.rejected_by,
                "when": moment(rejection.recorded_at),
                "reason": rejection.reason,
            }
        return "–"

    def headline(self, obj: Any) -> Headline:
        wallet = getattr(obj.account, "wallet", None)
        facts = [yuan(obj.floor), link(wallet) or str(obj.account), mono(obj.public_id)]
        return Headline(pills=[standing_of(obj)], facts=facts)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None and standing_of(obj)[1] == "warn":
            try:
                context["would_be"] = table_of(obj.account, obj.floor).html
            except BackOfficeError as refusal:
                context["would_refuse"] = str(refusal)
        return super().render_change_form(request, context, add, change, form_url, obj)
