"""Amendments (14.3): what was offered, what binds whom, who objects, who went on; as written."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.admin.finding import FoundByAccount
from accounts.models import (
    ContinuedUse,
    Objection,
    ObjectionWithdrawal,
    Offering,
    OfferingWithdrawal,
    VersionInForce,
)
from common.admin import EvidenceAdmin, Headline, mono, pill


def objection_pill(objection):
    """Whether an objection stands, as a word and a tone."""
    if getattr(objection, "withdrawal", None):
        return _("taken back"), "good"
    return pgettext("of an objection", "stands"), "bad"


@admin.register(Offering)
class OfferingAdmin(EvidenceAdmin):
    list_display = ["version", "change_shown", "recorded_at", "called_off"]
    list_select_related = ["version__document", "withdrawal"]
    search_fields = ["change"]
    ordering = ["-pk"]

    @admin.display(description=gettext_lazy("change"))
    def change_shown(self, offering):
        return mono(offering.change)

    @admin.display(description=gettext_lazy("called off"), boolean=True)
    def called_off(self, offering):
        return hasattr(offering, "withdrawal")


@admin.register(OfferingWithdrawal)
class OfferingWithdrawalAdmin(EvidenceAdmin):
    list_display = ["offering", "recorded_at"]
    list_select_related = ["offering__version__document"]
    ordering = ["-pk"]


@admin.register(VersionInForce)
class VersionInForceAdmin(FoundByAccount, EvidenceAdmin):
    list_display = ["account", "version", "since"]
    list_select_related = ["account", "version__document"]
    ordering = ["-pk"]


class StandsFilter(admin.SimpleListFilter):
    """Django's own filter on a record that points back has a title in English only."""

    title = gettext_lazy("state")
    parameter_name = "stands"

    def lookups(self, request, model_admin):
        return [("yes", pgettext("of an objection", "stands")), ("no", _("taken back"))]

    def queryset(self, request, queryset):
        match self.value():
            case "yes":
                return queryset.standing()
            case "no":
                return queryset.exclude(withdrawal=None)
        return queryset


@admin.register(Objection)
class ObjectionAdmin(EvidenceAdmin):
    list_display = ["account", "version", "user", "state", "recorded_at"]
    list_select_related = ["account", "version__document", "user", "withdrawal"]
    list_filter = [StandsFilter]
    search_fields = ["account__public_id", "user__public_id"]
    ordering = ["-pk"]

    @admin.display(description=gettext_lazy("state"))
    def state(self, objection):
        return pill(*objection_pill(objection))

    def headline(self, objection):
        return Headline(pills=[objection_pill(objection)], facts=[str(objection.version)])


@admin.register(ObjectionWithdrawal)
class ObjectionWithdrawalAdmin(EvidenceAdmin):
    list_display = ["objection", "acceptance", "recorded_at"]
    list_select_related = [
        "objection__account",
        "objection__version__document",
        "acceptance__user",
        "acceptance__text__version__document",
    ]
    ordering = ["-pk"]


@admin.register(ContinuedUse)
class ContinuedUseAdmin(FoundByAccount, EvidenceAdmin):
    list_display = ["account", "version", "service", "used_at"]
    list_select_related = ["account", "version__document", "service"]
    ordering = ["-pk"]
