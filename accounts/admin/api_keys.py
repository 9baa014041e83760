"""API keys. Customers issue them; staff can only end one."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.finding import FoundByAccount
from accounts.models import ApiKey
from accounts.search import key_state
from common import clock
from common.admin import EvidenceAdmin, Headline, Outcome, SevereAct, mono, pill


class RevokeKey(SevereAct):
    name = "revoke"
    label = gettext_lazy("Revoke…")
    heading = gettext_lazy("Revoke API keys")
    explanation = gettext_lazy("A revoked key never works again. The customer can issue another.")
    confirm = gettext_lazy("Revoke")
    permission = "accounts.revoke_apikey"
    on_selection = True

    def offered(self, key):
        return key.revoked_at is None

    def preview(self, key):
        if key.revoked_at:
            return _("Was revoked before; nothing will change.")
        return _("The gateway of %(account)s refuses this key from this moment on.") % {
            "account": key.account
        }

    def perform(self, key, *, actor, answers):
        key.revoke(at=clock.now())
        return Outcome(_("Key %(prefix)s… is revoked.") % {"prefix": key.prefix})


@admin.register(ApiKey)
class ApiKeyAdmin(FoundByAccount, EvidenceAdmin):
    list_display = ["shown_prefix", "name", "account", "state", "created_at", "expires_at"]
    list_select_related = ["account"]
    search_fields = ["account", "prefix", "public_id"]
    ordering = ["-pk"]
    fields = [
        "name",
        "account",
        "shown_prefix",
        "identifier",
        "services",
        "created_by",
        "created_at",
        "expires_at",
        "revoked_at",
    ]
    readonly_fields = ["shown_prefix", "identifier"]
    states_at_reading = True
    severe_acts = [RevokeKey()]

    @admin.display(description=gettext_lazy("prefix"))
    def shown_prefix(self, key):
        return mono(f"{key.prefix}…")

    @admin.display(description=gettext_lazy("identifier"))
    def identifier(self, key):
        return mono(key.public_id)

    @admin.display(description=gettext_lazy("state"))
    def state(self, key):
        return pill(*key_state(key, key.read_at))

    def headline(self, key):
        return Headline(pills=[key_state(key, key.read_at)], facts=[key.account])
