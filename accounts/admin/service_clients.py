"""Other systems of the platform, their tokens, and what these were used for."""

from django.contrib import admin
from django.db.models import Prefetch
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.admin.service_client_acts import (
    ChangeBounds,
    EndToken,
    IssueToken,
    RevokeToken,
    RotateToken,
    scopes_in_words,
)
from accounts.models import ClientToken, ServiceClient, TokenUse
from accounts.search import client_state, key_state
from accounts.work_queues import EXPIRES_SOON
from common import clock
from common.admin import EvidenceAdmin, EvidenceInline, Headline, moment, mono, pill
from common.clock import Now

TOKENS = Prefetch("tokens", queryset=ClientToken.objects.with_last_use().order_by("-pk"))
TONES = {TokenUse.Outcome.LET_IN: "good"}


class StandingFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "standing"

    def lookups(self, request, model_admin):
        return [("live", gettext_lazy("usable")), ("expiring", gettext_lazy("about to expire"))]

    def queryset(self, request, queryset):
        at = clock.now()
        match self.value():
            case "live":
                return queryset.live(at)
            case "expiring":
                return queryset.live(at).without_a_token_after(at + EXPIRES_SOON)
        return queryset


def unbroken(short):
    """As `mono` has it, on one line however narrow the column."""
    return format_html('<span class="nowrap">{}</span>', mono(short))


class TokenColumns:
    """What lists and pages say of a token."""

    @admin.display(description=gettext_lazy("token"))
    def shown_prefix(self, token):
        return unbroken(str(token))

    @admin.display(description=gettext_lazy("state"))
    def state(self, token):
        return pill(*_state_of(token))

    @admin.display(description=gettext_lazy("last used"))
    def last_used(self, token):
        return moment(token.last_used_at) if token.last_used_at else "–"


def _state_of(token):
    whole = client_state(token.client, token.read_at)
    return whole if token.client.revoked_at else key_state(token, token.read_at)


class TokensInline(TokenColumns, EvidenceInline):
    model = ClientToken
    fields = ["shown_prefix", "state", "last_used", "created_by", "created_at", "expires_at"]
    verbose_name_plural = gettext_lazy("tokens")

    def get_queryset(self, request):
        rows = super().get_queryset(request).with_last_use().annotate(read_at=Now())
        return rows.select_related("created_by", "client")


@admin.register(ServiceClient)
class ServiceClientAdmin(EvidenceAdmin):
    list_display = ["name", "tokens_shown", "may", "state", "last_used", "ends"]
    list_filter = [StandingFilter]
    search_fields = ["name__matches", "tokens__prefix", "public_id"]
    fields = [
        "name",
        "identifier",
        "may",
        "addresses",
        "at_most",
        "last_used",
        "created_by",
        "created_at",
        "revoked_at",
    ]
    readonly_fields = ["identifier", "may", "addresses", "at_most", "last_used"]
    inlines = [TokensInline]
    states_at_reading = True
    severe_acts = [IssueToken(), RotateToken(), ChangeBounds(), RevokeToken()]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related(TOKENS)

    @admin.display(description=gettext_lazy("tokens"))
    def tokens_shown(self, client):
        """Those that work. In one element, which a phone puts beside its label."""
        if client.revoked_at:
            return "–"
        live = [token for token in client.tokens.all() if token.works(client.read_at)]
        listed = format_html_join(" ", "{}", ((unbroken(str(token)),) for token in live))
        return format_html("<span>{}</span>", listed) if listed else "–"

    @admin.display(description=gettext_lazy("identifier"))
    def identifier(self, client):
        return mono(client.public_id)

    @admin.display(description=gettext_lazy("it may"))
    def may(self, client):
        return scopes_in_words(client)

    @admin.display(description=gettext_lazy("only from"))
    def addresses(self, client):
        listed = format_html_join(" ", "{}", ((mono(one),) for one in client.allowed_addresses))
        return listed or gettext_lazy("anywhere")

    @admin.display(description=gettext_lazy("requests per minute"))
    def at_most(self, client):
        return number_format(client.requests_per_minute, force_grouping=True)

    @admin.display(description=gettext_lazy("state"))
    def state(self, client):
        return pill(*client_state(client, client.read_at))

    @admin.display(description=gettext_lazy("last used"))
    def last_used(self, client):
        uses = [token.last_used_at for token in client.tokens.all() if token.last_used_at]
        return moment(max(uses)) if uses else "–"

    @admin.display(description=gettext_lazy("expires at"))
    def ends(self, client):
        ends = None if client.revoked_at else client.ends_at(client.read_at)
        return moment(ends) if ends and ends > client.read_at else "–"

    def headline(self, client):
        return Headline(
            pills=[client_state(client, client.read_at)], facts=[mono(client.public_id)]
        )


class UsesInline(EvidenceInline):
    model = TokenUse
    fields = ["hour", "operation", "address", "outcome", "count", "last_at"]
    show_change_link = False
    verbose_name_plural = gettext_lazy("what it was used for, the newest hours")

    def get_queryset(self, request):
        return super().get_queryset(request).order_by("-hour", "-last_at")


@admin.register(ClientToken)
class ClientTokenAdmin(TokenColumns, EvidenceAdmin):
    list_display = ["shown_prefix", "client", "state", "last_used", "created_at", "expires_at"]
    list_select_related = ["client"]
    search_fields = ["prefix", "client__name__matches"]
    ordering = ["-pk"]
    fields = [
        "shown_prefix",
        "client",
        "state",
        "last_used",
        "created_by",
        "created_at",
        "expires_at",
        "revoked_at",
    ]
    readonly_fields = ["shown_prefix", "state", "last_used"]
    inlines = [UsesInline]
    states_at_reading = True
    severe_acts = [EndToken()]

    def get_queryset(self, request):
        return super().get_queryset(request).with_last_use().select_related("client")

    def headline(self, token):
        return Headline(pills=[_state_of(token)], facts=[token.client])


@admin.register(TokenUse)
class TokenUseAdmin(EvidenceAdmin):
    list_display = [
        "hour",
        "client",
        "shown_token",
        "operation",
        "shown_address",
        "shown_outcome",
        "count",
    ]
    list_select_related = ["token__client"]
    list_filter = ["outcome", ("token__client", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["token__client__name__matches", "token__prefix"]
    ordering = ["-hour", "-pk"]
    fields = [
        "token",
        "hour",
        "client",
        "operation",
        "address",
        "shown_outcome",
        "count",
        "first_at",
        "last_at",
    ]
    readonly_fields = ["client", "shown_outcome"]

    @admin.display(description=gettext_lazy("service client"))
    def client(self, use):
        return use.token.client

    @admin.display(description=gettext_lazy("token"))
    def shown_token(self, use):
        return unbroken(str(use.token))

    @admin.display(description=gettext_lazy("from"), ordering="address")
    def shown_address(self, use):
        if not use.address:
            return "–"
        # One of IPv6 may have to be broken.
        return mono(use.address) if ":" in use.address else unbroken(use.address)

    @admin.display(description=pgettext_lazy("of a request", "outcome"))
    def shown_outcome(self, use):
        return pill(use.get_outcome_display(), TONES.get(use.outcome, "bad"))
