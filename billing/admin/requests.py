"""Requests for postings: what waits for a second person, and what became of the others."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from billing.admin.columns import KIND_TONES, link, yuan
from billing.admin.legs import table_of
from billing.admin.request_acts import Approve, NotePayout, TurnDown
from billing.finding import requests_found
from billing.forecasts import forecast
from billing.models import OF_TWO_PEOPLE, Kind, PostingRequest
from common.admin import EvidenceAdmin, Headline, moment, mono, pill
from common.clock import now
from common.exceptions import BackOfficeError


def standing_of(request: PostingRequest) -> tuple[str, str]:
    """What became of a request, as a word and a tone."""
    if hasattr(request, "journal"):
        return pgettext("of a request", "posted"), "good"
    if hasattr(request, "rejection"):
        return _("turned down"), "quiet"
    return _("waits for approval"), "warn"


class StandingFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("open", _("waits for approval")),
            ("posted", pgettext("of a request", "posted")),
            ("turned_down", _("turned down")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = {
            "open": {"open__isnull": False},
            "posted": {"journal__isnull": False},
            "turned_down": {"rejection__isnull": False},
        }.get(self.value() or "", {})
        return queryset.filter(**wanted)


class KindFilter(admin.SimpleListFilter):
    """Of the kinds that need two people; `other` are all but refunds and corrections."""

    title = gettext_lazy("kind")
    parameter_name = "kind"
    OTHERS = "other"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = [(str(kind.value), str(kind.label)) for kind in OF_TWO_PEOPLE]
        return [*kinds, (self.OTHERS, _("neither refund nor correction"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value()
        if wanted == self.OTHERS:
            return queryset.exclude(kind__in=[Kind.REFUND, Kind.CORRECTION])
        return queryset.filter(kind=wanted) if wanted else queryset


@admin.register(PostingRequest)
class PostingRequestAdmin(EvidenceAdmin):
    severe_acts = (Approve(), TurnDown(), NotePayout())
    change_form_template = "admin/billing/postingrequest/change_form.html"
    list_display = ("identifier", "kind_pill", "account", "sum", "standing", "by", "recorded_at")
    list_display_links = ("identifier",)
    list_filter = (StandingFilter, KindFilter)
    list_select_related = ("account", "requested_by", "journal", "rejection")
    search_fields = ("public_id", "account")
    search_help_text = gettext_lazy("Identifier, case, or the account's name or identifier")
    ordering = ("-pk",)
    fields = (
        "kind",
        "account",
        "sum",
        "reverses",
        "basis",
        "reason",
        "case_reference",
        "payout",
        "expires_at",
        "priority",
        "by",
        "recorded_at",
        "decided",
        "posted_as",
        "paid_out",
        "digest",
    )
    readonly_fields = fields

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        if not search_term.strip():
            return queryset, False
        return requests_found(queryset, search_term), False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without what requests of its kind do not have."""
        theirs = {
            "reverses": (Kind.CORRECTION,),
            "basis": (Kind.REFUND,),
            "payout": (Kind.REFUND, Kind.RETURN),
            "paid_out": (Kind.REFUND,),
            "expires_at": (Kind.GRANT,),
            "priority": (Kind.GRANT,),
        }
        return [
            name
            for name in self.fields
            if obj is None or name not in theirs or obj.kind in theirs[name]
        ]

    @admin.display(description=gettext_lazy("identifier"))
    def identifier(self, request: PostingRequest) -> str:
        return mono(request.public_id)

    @admin.display(description=gettext_lazy("kind"))
    def kind_pill(self, request: PostingRequest) -> str:
        return pill(request.get_kind_display(), KIND_TONES[Kind(request.kind)])

    @admin.display(description=gettext_lazy("amount"))
    def sum(self, request: PostingRequest) -> str:
        return yuan(request.amount)

    @admin.display(description=gettext_lazy("state"))
    def standing(self, request: PostingRequest) -> str:
        return pill(*standing_of(request))

    @admin.display(description=gettext_lazy("asked by"))
    def by(self, request: PostingRequest) -> str:
        return str(request.requested_by)

    @admin.display(description=gettext_lazy("allowed by"))
    def basis(self, request: PostingRequest) -> str:
        return link(request.consent) or link(request.policy)

    @admin.display(description=gettext_lazy("decided"))
    def decided(self, request: PostingRequest) -> str:
        approval, rejection = (getattr(request, one, None) for one in ("approval", "rejection"))
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

    @admin.display(description=gettext_lazy("posted as"))
    def posted_as(self, request: PostingRequest) -> str:
        return link(getattr(request, "journal", None)) or "–"

    @admin.display(description=gettext_lazy("paid out"))
    def paid_out(self, request: PostingRequest) -> str:
        noted = getattr(request, "payout_record", None)
        return f"{noted.paid_on:%Y-%m-%d} · {noted.reference}" if noted else "–"

    def headline(self, obj: Any) -> Headline:
        kind = (obj.get_kind_display(), KIND_TONES[Kind(obj.kind)])
        wallet = getattr(obj.account, "wallet", None)
        facts = [yuan(obj.amount), link(wallet) or obj.account or "", mono(obj.public_id)]
        return Headline(pills=[kind, standing_of(obj)], facts=[fact for fact in facts if fact])

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None and standing_of(obj)[1] == "warn":
            try:
                context["would_post"] = table_of(forecast(obj, at=now()))
            except BackOfficeError as refusal:
                context["would_refuse"] = str(refusal)
        return super().render_change_form(request, context, add, change, form_url, obj)
