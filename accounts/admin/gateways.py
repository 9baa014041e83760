"""Gateways: what of the feed each has applied, and those that are silent or behind."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.enforcement import applied
from accounts.models import Gateway, GatewayAcknowledgement, GatewayAlarm
from common.admin import EvidenceAdmin, EvidenceInline, Headline, Outcome, SevereAct, number, pill
from common.clock import now


def standing_of(gateway):
    """How a gateway out of `with_standing` stands, as a word and a tone."""
    if gateway.removed_at:
        return pgettext("of a gateway", "removed"), "quiet"
    if gateway.is_silent:
        return pgettext("of a gateway", "silent"), "bad"
    if gateway.is_behind:
        return pgettext("of a gateway", "behind"), "bad"
    if gateway.behind:
        return pgettext("of a gateway", "catching up"), "info"
    return pgettext("of a gateway", "up to date"), "good"


class StandingFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "standing"

    def lookups(self, request, model_admin):
        return [
            ("present", _("those that count")),
            ("trouble", _("silent or behind")),
            ("removed", pgettext("of gateways", "removed")),
        ]

    def queryset(self, request, queryset):
        match self.value():
            case "present":
                return queryset.present()
            case "trouble":
                return queryset.filter(pk__in=Gateway.objects.in_trouble(now()).values("pk"))
            case "removed":
                return queryset.filter(removed_at__isnull=False)
        return queryset


class Remove(SevereAct):
    name = "remove"
    label = gettext_lazy("Remove…")
    heading = gettext_lazy("Remove gateways")
    explanation = gettext_lazy(
        "For gateways that serve nobody any more. They do not count where it says on how many a "
        "block is applied, and nobody is alarmed about them. One that reports again is back at "
        "once."
    )
    confirm = gettext_lazy("Remove")
    permission = "accounts.remove_gateway"
    on_selection = True
    # How long ago it was heard of moves on by itself.
    pins_preview = False

    def offered(self, gateway):
        return gateway.removed_at is None

    def preview(self, gateway):
        if gateway.removed_at:
            return _("Was removed before; nothing will change.")
        heard = {"ago": applied.seconds_in_words(now() - gateway.heard_at)}
        if gateway.is_silent:
            return _("Last heard of %(ago)s ago. It counts no more.") % heard
        return _("Heard of %(ago)s ago: it still reports, and will be back as a new one.") % heard

    def perform(self, gateway, *, actor, answers):
        gateway.remove(at=now(), removed_by=actor)
        return Outcome(_("Gateway %(name)s is removed.") % {"name": gateway.name})


class AcknowledgementInline(EvidenceInline):
    model = GatewayAcknowledgement
    fields = ["sequence", "at"]
    show_change_link = False
    verbose_name_plural = gettext_lazy("what it applied, the newest reports")


class AlarmInline(EvidenceInline):
    model = GatewayAlarm
    fields = ["kind", "told", "recorded_at"]
    show_change_link = False
    verbose_name_plural = gettext_lazy("alarms")


@admin.register(Gateway)
class GatewayAdmin(EvidenceAdmin):
    """Gateways appear with their first report; nobody adds or edits one."""

    states_at_reading = True
    list_display = ["name", "state", "sequence_shown", "lacks", "heard", "client"]
    list_select_related = ["client"]
    list_filter = [StandingFilter]
    search_fields = ["name"]
    ordering = ["name", "-pk"]
    fields = [
        "client",
        "sequence_shown",
        "lacks",
        "applied_at",
        "heard_at",
        "first_heard_at",
        "removed_at",
        "removed_by",
    ]
    readonly_fields = ["sequence_shown", "lacks"]
    inlines = [AcknowledgementInline, AlarmInline]
    severe_acts = [Remove()]

    def get_queryset(self, request):
        return super().get_queryset(request).with_standing(now())

    @admin.display(description=gettext_lazy("state"))
    def state(self, gateway):
        return pill(*standing_of(gateway))

    @admin.display(description=gettext_lazy("applied up to number"), ordering="sequence")
    def sequence_shown(self, gateway):
        return number(gateway.sequence)

    @admin.display(description=gettext_lazy("entries it lacks"))
    def lacks(self, gateway):
        if gateway.removed_at:
            return format_html('<span class="num">{}</span>', "–")
        return _("all of a new feed") if gateway.behind is None else number(gateway.behind)

    @admin.display(description=gettext_lazy("last heard of"), ordering="heard_at")
    def heard(self, gateway):
        ago = applied.seconds_in_words(gateway.read_at - gateway.heard_at)
        return _("%(ago)s ago") % {"ago": ago}

    def headline(self, gateway):
        pace = applied.pace_of(gateway)
        facts = [
            _("heard of %(ago)s ago")
            % {"ago": applied.seconds_in_words(gateway.read_at - gateway.heard_at)}
        ]
        if pace is not None:
            facts.append(
                _("half of what came last was applied within %(half)s, all within %(all)s")
                % {
                    "half": applied.seconds_in_words(pace.half),
                    "all": applied.seconds_in_words(pace.slowest),
                }
            )
        return Headline(pills=[standing_of(gateway)], facts=facts)
