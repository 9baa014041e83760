"""What is shown below a person or an account, read-only."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.models import Acceptance, ApiKey, Membership, Restriction
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
    fields = ["what", "clause_number", "starts_at", "ends_at", "lifted"]

    def get_queryset(self, request):
        rows = super().get_queryset(request).order_by("-starts_at")
        return rows.select_related("service", "clause", "lifting", "account")

    @admin.display(description=_("service"))
    def what(self, restriction):
        return restriction.service or _("all services")

    @admin.display(description=_("clause"))
    def clause_number(self, restriction):
        return clause(restriction.clause.number)

    @admin.display(description=_("lifted at"))
    def lifted(self, restriction):
        lifting = getattr(restriction, "lifting", None)
        return moment(lifting.recorded_at if lifting else None)
