"""What is shown below a person or an account, read-only."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.limits import in_words
from accounts.models import (
    Acceptance,
    ApiKey,
    ContinuedUse,
    Membership,
    Objection,
    Restriction,
    ServiceUse,
    VersionInForce,
)
from accounts.search import key_state
from common.admin import EvidenceInline, clause, moment, mono, pill
from common.clock import Now


class MembersInline(EvidenceInline):
    model = Membership
    fk_name = "account"
    fields = ["person", "role", "since"]
    verbose_name_plural = _("members")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user", "account")

    @admin.display(description=_("person"))
    def person(self, membership):
        return membership.user


class AccountsInline(EvidenceInline):
    model = Membership
    fk_name = "user"
    fields = ["account", "role", "since"]
    verbose_name_plural = _("accounts")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("account", "user")


class AcceptancesInline(EvidenceInline):
    model = Acceptance
    fields = ["text", "user", "account", "method", "accepted_at"]

    def get_queryset(self, request):
        related = ("text__version__document", "user", "account")
        return super().get_queryset(request).select_related(*related)


class KeysInline(EvidenceInline):
    model = ApiKey
    fields = ["name", "shown_prefix", "state", "created_by", "expires_at"]

    def get_queryset(self, request):
        rows = super().get_queryset(request).annotate(read_at=Now())
        return rows.select_related("account", "created_by")

    @admin.display(description=_("prefix"))
    def shown_prefix(self, key):
        return mono(f"{key.prefix}…")

    @admin.display(description=_("state"))
    def state(self, key):
        return pill(*key_state(key, key.read_at))


class RestrictionsInline(EvidenceInline):
    model = Restriction
    fk_name = "account"
    fields = ["concerns", "does", "clause_number", "starts_at", "ends_at", "lifted"]

    def get_queryset(self, request):
        rows = super().get_queryset(request).order_by("-starts_at")
        scope = ("service", "model", "region", "api_key")
        return rows.select_related("clause", "lifting", "account", *scope)

    @admin.display(description=_("concerns"))
    def concerns(self, restriction):
        return restriction.concerns

    @admin.display(description=_("measure"))
    def does(self, restriction):
        return measure_in_words(restriction)

    @admin.display(description=_("clause"))
    def clause_number(self, restriction):
        return clause(restriction.clause.number)

    @admin.display(description=_("lifted at"))
    def lifted(self, restriction):
        lifting = getattr(restriction, "lifting", None)
        return moment(lifting.recorded_at if lifting else None)


class VersionsInForceInline(EvidenceInline):
    model = VersionInForce
    fields = ["version", "since"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("version__document", "account")


class ObjectionsInline(EvidenceInline):
    model = Objection
    fields = ["version", "user", "reason", "recorded_at", "taken_back"]

    def get_queryset(self, request):
        related = ("version__document", "user", "account", "withdrawal")
        return super().get_queryset(request).select_related(*related)

    @admin.display(description=_("taken back"))
    def taken_back(self, objection):
        withdrawal = getattr(objection, "withdrawal", None)
        return moment(withdrawal.recorded_at if withdrawal else None)


class ContinuedUsesInline(EvidenceInline):
    model = ContinuedUse
    fields = ["version", "service", "used_at"]

    def get_queryset(self, request):
        related = ("version__document", "service", "account")
        return super().get_queryset(request).select_related(*related)


class ServiceUsesInline(EvidenceInline):
    model = ServiceUse
    fields = ["service", "region", "first_used_at", "last_used_at"]
    show_change_link = False

    def get_queryset(self, request):
        rows = super().get_queryset(request).order_by("-last_used_at")
        return rows.select_related("service", "region", "account")


def measure_in_words(restriction):
    """What a restriction does; of a limit, what it is."""
    return in_words(restriction.limits) or restriction.get_measure_display()
