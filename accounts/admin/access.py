"""Permits, restrictions, liftings and conditions: what access rests on, as written."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.finding import FoundByAccount
from accounts.admin.inlines import measure_in_words
from accounts.conditions import label_of
from accounts.enforcement import applied
from accounts.models import Condition, Lifting, Permit, Restriction
from common.admin import EvidenceAdmin, Headline, pill
from common.admin import clause as clause_number


def restriction_state(restriction, at):
    """How a restriction stands at a moment, as a word and a tone."""
    if getattr(restriction, "lifting", None) and restriction.lifting.recorded_at <= at:
        return _("lifted"), "good"
    if restriction.ends_at and restriction.ends_at <= at:
        return _("over"), "quiet"
    return (_("in force"), "bad") if restriction.starts_at <= at else (_("planned"), "warn")


def facts_of(on_gateways):
    """On how many gateways it is applied, as a headline has it."""
    return [on_gateways.in_words()] if on_gateways else []


@admin.register(Permit)
class PermitAdmin(FoundByAccount, EvidenceAdmin):
    list_display = ["account", "change", "not_before", "recorded_at"]
    list_select_related = ["account"]
    search_fields = ["account", "change"]
    ordering = ["-pk"]


@admin.register(Restriction)
class RestrictionAdmin(FoundByAccount, EvidenceAdmin):
    states_at_reading = True
    list_display = ["account", "what", "does", "number", "state", "starts_at", "ends_at"]
    list_select_related = [
        "account",
        "service",
        "model",
        "region",
        "api_key",
        "clause",
        "lifting",
    ]
    list_filter = ["measure"]
    # Newest first by an index there is: permits are numbered, restrictions are not.
    ordering = ["-permit_id"]

    @admin.display(description=gettext_lazy("concerns"))
    def what(self, restriction):
        return restriction.concerns

    @admin.display(description=gettext_lazy("measure"))
    def does(self, restriction):
        return measure_in_words(restriction)

    @admin.display(description=gettext_lazy("clause"))
    def number(self, restriction):
        return clause_number(restriction.clause.number)

    @admin.display(description=gettext_lazy("state"))
    def state(self, restriction):
        return pill(*restriction_state(restriction, restriction.read_at))

    def headline(self, restriction):
        return Headline(
            pills=[restriction_state(restriction, restriction.read_at)],
            facts=[
                measure_in_words(restriction),
                clause_number(restriction.clause.number),
                *facts_of(applied.of_restrictions(Restriction.objects.filter(pk=restriction.pk))),
            ],
        )


@admin.register(Lifting)
class LiftingAdmin(EvidenceAdmin):
    list_display = ["restriction", "lifted_by", "reason", "recorded_at"]
    list_select_related = [
        "restriction__account",
        "restriction__service",
        "restriction__model",
        "restriction__region",
        "restriction__api_key",
        "lifted_by",
    ]
    ordering = ["-pk"]


@admin.register(Condition)
class ConditionAdmin(FoundByAccount, EvidenceAdmin):
    list_display = ["account", "source_shown", "since", "cleared_at"]
    list_select_related = ["account"]
    list_filter = [("cleared_at", admin.EmptyFieldListFilter)]
    ordering = ["-pk"]
    fields = ("account", "source_shown", "since", "cleared_at")
    readonly_fields = fields

    @admin.display(description=gettext_lazy("source"), ordering="source")
    def source_shown(self, condition):
        return label_of(condition.source)
