"""Accounts: members, keys, what was agreed, and how access stands now."""

from django.contrib import admin
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from accounts.access import state_of
from accounts.admin.declarations import UsesInline
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
from accounts.admin.names import names_are_screened
from accounts.finding import accounts_found
from accounts.models import Account, Membership
from common import clock
from common.admin import EditableAdmin, Headline, mono, pill

# Of an organization; a personal account belongs to its holder.
OWNERS = Prefetch(
    "memberships",
    queryset=Membership.objects.filter(role=Membership.Role.OWNER, account__kind="organization")
    .select_related("user")
    .order_by("pk"),
    to_attr="owners",
)
TONES = {Account.Kind.PERSONAL: "info", Account.Kind.ORGANIZATION: "teal"}


@admin.register(Account)
class AccountAdmin(EditableAdmin):
    list_display = ["called", "kind_pill", "owner", "identifier", "time_zone", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["holder"]
    list_reads = [
        "name",
        "kind",
        "public_id",
        "time_zone",
        "created_at",
        "holder__name",
        "holder__public_id",
    ]
    list_prefetches = [OWNERS]
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
                    "closed_at",
                ]
            },
        )
    ]
    readonly_fields = ["kind", "holder", "identifier", "created_at", "closed_at"]
    inlines = [
        MembersInline,
        KeysInline,
        RestrictionsInline,
        AcceptancesInline,
        VersionsInForceInline,
        ObjectionsInline,
        ContinuedUsesInline,
        ServiceUsesInline,
        UsesInline,
    ]

    def has_add_permission(self, request):
        return False  # opened by customers, or imported

    def has_change_permission(self, request, obj=None):
        if obj is not None and obj.closed_at:
            return False
        return super().has_change_permission(request, obj)

    def save_model(self, request, obj, form, change):
        with names_are_screened(request, form, account=obj):
            super().save_model(request, obj, form, change)

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        return accounts_found(queryset, search_term), False

    @admin.display(description=_("name"), ordering="name")
    def called(self, account):
        return str(account)

    @admin.display(description=_("kind"), ordering="kind")
    def kind_pill(self, account):
        return pill(Account.Kind(account.kind).label, TONES.get(account.kind, "quiet"))

    @admin.display(description=_("owner"))
    def owner(self, account):
        """The holder, or the organization's first owner and how many there are besides."""
        if account.holder is not None:
            return str(account.holder)
        first, *others = account.owners or [None]
        if first is None:
            return ""
        return f"{first.user} +{len(others)}" if others else str(first.user)

    @admin.display(description=_("identifier"))
    def identifier(self, account):
        return mono(account.public_id)

    def headline(self, account):
        pills = [(account.get_kind_display(), TONES.get(account.kind, "quiet"))]
        if account.closed_at:
            pills.append((pgettext("of an account", "closed"), "quiet"))
        return Headline(
            pills=pills,
            facts=[mono(account.public_id), account.time_zone],
        )

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            context["states"] = state_of(account=obj, at=clock.now())
        return super().render_change_form(request, context, add, change, form_url, obj)
