"""Who wants to leave, what is on hold, what is closed, and who closed people were."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts import identities, leaving
from accounts.models import (
    Closing,
    ClosingCancellation,
    ClosingHold,
    ClosingHoldRelease,
    Closure,
    KeptIdentity,
)
from common.admin import (
    EvidenceAdmin,
    EvidenceInline,
    Headline,
    Outcome,
    SevereAct,
    moment,
    mono,
    pill,
)


class HoldsInline(EvidenceInline):
    model = ClosingHold
    fields = ["placed_by", "reason", "recorded_at", "ended"]
    show_change_link = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("placed_by", "release__released_by")

    @admin.display(description=gettext_lazy("hold released"))
    def ended(self, hold):
        release = getattr(hold, "release", None)
        if release is None:
            return pill(pgettext("of a legal hold", "stands"), "bad")
        return f"{release.released_by} · {moment(release.recorded_at)} · {release.reason}"


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [
            ("open", _("open")),
            ("held", _("on legal hold")),
            ("closed", pgettext("of an account", "closed")),
            ("back", _("taken back")),
        ]

    def queryset(self, request, queryset):
        match self.value():
            case "open":
                return queryset.open()
            case "held":
                return queryset.held()
            case "closed":
                return queryset.exclude(closure=None)
            case "back":
                return queryset.exclude(cancellation=None)
        return queryset


class PlaceHold(SevereAct):
    name = "place_hold"
    label = gettext_lazy("Legal hold…")
    heading = gettext_lazy("Put on legal hold")
    explanation = gettext_lazy(
        "For an order of a court or an authority, or claims that are coming. Somebody else "
        "has to release it."
    )
    confirm = gettext_lazy("Place the hold")
    permission = "accounts.hold_closing"

    def offered(self, record: Closing) -> bool:
        return not hasattr(record, "cancellation") and record.standing_hold is None

    def preview(self, record: Closing) -> str:
        if hasattr(record, "closure"):
            return _("Who the person was is not erased before the hold is released.")
        return _(
            "The account is not closed before the hold is released; its people can still "
            "take the request back."
        )

    def perform(self, record: Closing, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        leaving.place_hold(closing=record, by=actor, reason=answers["reason"])
        return Outcome(_("%(closing)s is on hold.") % {"closing": record})


class ReleaseHold(SevereAct):
    name = "release_hold"
    label = gettext_lazy("Release the hold…")
    heading = gettext_lazy("Release the legal hold")
    confirm = gettext_lazy("Release the hold")
    permission = "accounts.hold_closing"

    def offered(self, record: Closing) -> bool:
        return record.standing_hold is not None

    def preview(self, record: Closing) -> str:
        hold = record.standing_hold
        if hold is None:
            return _("There is no hold to release.")
        return _("Placed by %(who)s on %(when)s: %(why)s") % {
            "who": hold.placed_by,
            "when": moment(hold.recorded_at),
            "why": hold.reason,
        }

    def perform(self, record: Closing, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        leaving.release_hold(closing=record, by=actor, reason=answers["reason"])
        return Outcome(_("The hold on %(closing)s is released.") % {"closing": record})


class ReadIdentity(SevereAct):
    name = "read_identity"
    label = gettext_lazy("Who it was…")
    heading = gettext_lazy("Read who a closed person was")
    explanation = gettext_lazy(
        "Only for a claim, a court or an authority. It is shown once, on the next page."
    )
    confirm = gettext_lazy("Show it")
    permission = "accounts.read_keptidentity"

    def offered(self, record: Closing) -> bool:
        return KeptIdentity.objects.filter(person=record.person_id).exists()

    def preview(self, record: Closing) -> str:
        kept = KeptIdentity.objects.get(person=record.person_id)
        return _("Kept until %(when)s.") % {"when": moment(kept.kept_until)}

    def perform(self, record: Closing, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        kept = KeptIdentity.objects.select_related("person").get(person=record.person_id)
        said = identities.read(kept)
        shown = " · ".join(part for part in (said.name, said.phone, said.contact_email) if part)
        return Outcome(_("Read, and your reason is kept."), secret=shown)


@admin.register(Closing)
class ClosingAdmin(EvidenceAdmin):
    states_at_reading = True
    list_display = ["identifier", "concerned", "requested_by", "state", "ends_at", "recorded_at"]
    list_select_related = ["person", "account", "requested_by", "cancellation", "closure"]
    list_prefetches = [Prefetch("holds", ClosingHold.objects.select_related("release"))]
    list_filter = [StateFilter]
    search_fields = ["public_id", "person__public_id", "account__public_id"]
    ordering = ["-pk"]
    inlines = [HoldsInline]
    severe_acts = [PlaceHold(), ReleaseHold(), ReadIdentity()]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "person",
                    "account",
                    "requested_by",
                    "reason",
                    "cooling_off_days",
                    "ends_at",
                    "ended_with_it",
                    "in_the_way",
                    "ip_address",
                    "recorded_at",
                ]
            },
        )
    ]
    readonly_fields = ["ended_with_it", "in_the_way"]

    @admin.display(description=gettext_lazy("identifier"), ordering="pk")
    def identifier(self, closing):
        return mono(closing.public_id)

    @admin.display(description=gettext_lazy("who or what"))
    def concerned(self, closing):
        return closing.concerns

    @admin.display(description=gettext_lazy("state"))
    def state(self, closing):
        return pill(*closing.state(closing.read_at))

    @admin.display(description=gettext_lazy("ended with it"))
    def ended_with_it(self, closing):
        closure = getattr(closing, "closure", None)
        if closure is None:
            return "–"
        return ", ".join(f"{name}: {count}" for name, count in sorted(closure.ended.items()))

    @admin.display(description=gettext_lazy("in the way"))
    def in_the_way(self, closing):
        if hasattr(closing, "closure") or hasattr(closing, "cancellation"):
            return "–"
        found = leaving.obstacles_of(closing, at=closing.read_at)
        return " ".join(one.sentence for one in found) or _("nothing")

    def headline(self, closing):
        return Headline(
            pills=[closing.state(closing.read_at)],
            facts=[str(closing.concerns), mono(closing.public_id)],
        )


@admin.register(ClosingCancellation)
class ClosingCancellationAdmin(EvidenceAdmin):
    list_display = ["closing", "cancelled_by", "recorded_at"]
    list_select_related = ["closing", "cancelled_by"]
    ordering = ["-pk"]


@admin.register(Closure)
class ClosureAdmin(EvidenceAdmin):
    list_display = ["closing", "recorded_at"]
    list_select_related = ["closing"]
    ordering = ["-pk"]


@admin.register(ClosingHold)
class ClosingHoldAdmin(EvidenceAdmin):
    list_display = ["closing", "placed_by", "reason", "recorded_at"]
    list_select_related = ["closing", "placed_by"]
    ordering = ["-pk"]


@admin.register(ClosingHoldRelease)
class ClosingHoldReleaseAdmin(EvidenceAdmin):
    list_display = ["hold", "released_by", "reason", "recorded_at"]
    list_select_related = ["hold__closing", "released_by"]
    ordering = ["-pk"]
