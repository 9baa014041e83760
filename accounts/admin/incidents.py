"""What is withheld from everybody, and what accounts use, read-only."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.admin.access import facts_of, restriction_state
from accounts.admin.finding import FoundByAccount
from accounts.admin.inlines import measure_in_words
from accounts.enforcement import applied
from accounts.models import PlatformLifting, PlatformRestriction, ServiceUse
from common.admin import EvidenceAdmin, Headline, clause, pill


@admin.register(PlatformRestriction)
class PlatformRestrictionAdmin(EvidenceAdmin):
    states_at_reading = True
    list_display = ["__str__", "region", "does", "number", "state", "starts_at", "ends_at"]
    list_select_related = ["service", "model", "region", "clause", "lifting"]
    ordering = ["-starts_at"]

    @admin.display(description=gettext_lazy("measure"))
    def does(self, restriction):
        return measure_in_words(restriction)

    @admin.display(description=gettext_lazy("clause"))
    def number(self, restriction):
        return clause(restriction.clause.number)

    @admin.display(description=gettext_lazy("state"))
    def state(self, restriction):
        return pill(*restriction_state(restriction, restriction.read_at))

    def headline(self, restriction):
        return Headline(
            pills=[restriction_state(restriction, restriction.read_at)],
            facts=[
                measure_in_words(restriction),
                clause(restriction.clause.number),
                *facts_of(
                    applied.of_everybody(PlatformRestriction.objects.filter(pk=restriction.pk))
                ),
            ],
        )


@admin.register(PlatformLifting)
class PlatformLiftingAdmin(EvidenceAdmin):
    list_display = ["restriction", "lifted_by", "reason", "recorded_at"]
    list_select_related = ["restriction__service", "restriction__model", "lifted_by"]
    ordering = ["-pk"]


@admin.register(ServiceUse)
class ServiceUseAdmin(FoundByAccount, EvidenceAdmin):
    list_display = ["account", "service", "region", "first_used_at", "last_used_at"]
    list_select_related = ["account", "service", "region"]
    list_filter = ["service", "region"]
    ordering = ["-pk"]
