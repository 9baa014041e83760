"""Accounts: members, keys, what was agreed, and how access stands now."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.access import state_of
from accounts.admin.inlines import (
    AcceptancesInline,
    ContinuedUsesInline,
    KeysInline,
    MembersInline,
    ObjectionsInline,
    RestrictionsInline,
    ServiceUsesInline,
    VersionsInForceInline,
)
from accounts.finding import accounts_found
from accounts.models import Account
from common import clock
from common.admin import EditableAdmin, Headline, mono, pill

TONES = {Account.Kind.PERSONAL: "info", Account.Kind.ORGANIZATION: "teal"}


@admin.register(Account)
class AccountAdmin(EditableAdmin):
    list_display = ["name", "kind_pill", "identifier", "time_zone", "created_at"]
    list_filter = ["kind"]
    search_fields = ["name", "public_id"]
    search_help_text = _("Name or identifier, or the phone or e-mail of a member")
    ordering = ["-pk"]
    fieldsets = [
        (
            _("Account"),
            {
                "fields": [
                    "name",
                    "time_zone",
                    "region",
                    "kind",
                    "holder",
                    "identifier",
                    "created_at",
                ]
            },
        )
    ]
    readonly_fields = ["kind", "holder", "identifier", "created_at"]
    inlines = [
        MembersInline,
        KeysInline,
        RestrictionsInline,
        AcceptancesInline,
        VersionsInForceInline,
        ObjectionsInline,
        ContinuedUsesInline,
        ServiceUsesInline,
    ]

    def has_add_permission(self, request):
        return False  # opened by customers, or imported

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        return accounts_found(queryset, search_term), False

    @admin.display(description=_("kind"), ordering="kind")
    def kind_pill(self, account):
        return pill(Account.Kind(account.kind).label, TONES.get(account.kind, "quiet"))

    @admin.display(description=_("identifier"))
    def identifier(self, account):
        return mono(account.public_id)

    def headline(self, account):
        return Headline(
            pills=[(account.get_kind_display(), TONES.get(account.kind, "quiet"))],
            facts=[mono(account.public_id), account.time_zone],
        )

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            context["states"] = state_of(account=obj, at=clock.now())
        return super().render_change_form(request, context, add, change, form_url, obj)
