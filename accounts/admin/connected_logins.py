"""Consents to connected logins, and resets of passwords: read-only. Tokens are shown nowhere."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import ConnectionConsent, PasswordReset
from common.admin import EvidenceAdmin, Headline
from common.admin.columns import moment, pill


def standing_of(consent):
    """Whether the connection holds, as a word and a tone."""
    return (_("ended"), "quiet") if hasattr(consent, "end") else (_("connected"), "good")


@admin.register(ConnectionConsent)
class ConnectionConsentAdmin(EvidenceAdmin):
    list_display = ["provider_name", "user", "standing", "recorded_at"]
    list_select_related = ["user", "end"]
    search_fields = ["user__public_id__exact"]
    ordering = ["-pk"]
    sortable_by = ()
    fields = [
        "user",
        "provider_name",
        "provider",
        "version",
        "language",
        "text",
        "scopes",
        "recorded_at",
        "ended",
    ]
    readonly_fields = ["ended"]

    @admin.display(description=gettext_lazy("state"))
    def standing(self, consent):
        return pill(*standing_of(consent))

    @admin.display(description=gettext_lazy("ended"))
    def ended(self, consent):
        if not hasattr(consent, "end"):
            return self.get_empty_value_display()
        end = consent.end
        parts = [moment(end.recorded_at), end.get_why_display(), end.get_revoked_display()]
        return " · ".join(map(str, parts))

    def headline(self, consent):
        return Headline(pills=[standing_of(consent)], facts=[str(consent.user)])


@admin.register(PasswordReset)
class PasswordResetAdmin(EvidenceAdmin):
    list_display = ["user", "second_proof", "recorded_at"]
    list_display_links = ["recorded_at"]
    list_select_related = ["user"]
    search_fields = ["user__public_id__exact"]
    ordering = ["-pk"]
    sortable_by = ()
    fields = ["user", "second_proof", "recovery", "recorded_at"]
