"""Suppressed addresses at the desk, and alarms about what comes back."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.exceptions import NotAPhoneNumber
from accounts.phone_numbers import parse_phone
from common.admin import EvidenceAdmin, Headline, Outcome, SevereAct, pill
from common.admin.severe_acts import ReasonForm
from notices import suppressions
from notices.finding import address_in
from notices.models import Channel, Delivery, RoutingAlarm, Suppression

LEVEL_TONES = {
    RoutingAlarm.Level.WARNING: "warn",
    RoutingAlarm.Level.CRITICAL: "bad",
    RoutingAlarm.Level.HELD: "warn",
}


class SuppressForm(ReasonForm):
    """Which address."""

    channel = forms.ChoiceField(
        label=gettext_lazy("channel"), choices=[(one.value, one.label) for one in Delivery.CHANNELS]
    )
    address = forms.CharField(label=gettext_lazy("Phone number or e-mail address"), max_length=254)
    field_order = ["channel", "address", "reason"]

    def clean(self) -> Any:
        cleaned: Any = super().clean()
        channel, address = cleaned.get("channel"), cleaned.get("address")
        if not (channel and address):
            return cleaned
        try:
            if channel == Channel.SMS:
                cleaned["address"] = parse_phone(address)
            else:
                validate_email(address)
        except (NotAPhoneNumber, ValidationError) as refusal:
            self.add_error("address", getattr(refusal, "messages", None) or str(refusal))
        return cleaned


class Suppress(SevereAct):
    name = "suppress"
    label = gettext_lazy("Suppress an address…")
    heading = gettext_lazy("Suppress an address")
    explanation = gettext_lazy(
        "No notice goes there any more; each counts as failed, and the person’s other "
        "addresses remain (clause 1.3)."
    )
    confirm = gettext_lazy("Suppress it")
    permission = suppressions.MAY_SUPPRESS
    form_class = SuppressForm
    on_record = False

    def perform(self, record: Any, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        made = suppressions.suppress(
            channel=answers["channel"],
            address=answers["address"],
            suppressed_by=actor,
            reason=answers["reason"],
        )
        return Outcome(_("Suppressed: %s.") % made, made=made)


class Lift(SevereAct):
    name = "lift"
    label = gettext_lazy("Lift…")
    heading = gettext_lazy("Lift the suppression")
    explanation = gettext_lazy(
        "Messages from now on go there again. What has failed already stays failed."
    )
    confirm = gettext_lazy("Lift it")
    permission = suppressions.MAY_LIFT
    on_selection = True
    dangerous = False

    def offered(self, record: Suppression) -> bool:
        return not hasattr(record, "lifting")

    def preview(self, record: Suppression) -> str:
        return f"{record.get_source_display()}: {record.reason}"

    def perform(self, record: Suppression, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        suppressions.lift(suppression=record, lifted_by=actor, reason=answers["reason"])
        return Outcome(_("Lifted."))


def _state_of(suppression: Suppression) -> tuple[str, str]:
    if hasattr(suppression, "lifting"):
        return _("lifted"), "quiet"
    return _("suppressed"), "bad"


class StandingFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("standing", _("suppressed")), ("lifted", _("lifted"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() in ("standing", "lifted"):
            return queryset.filter(lifting__isnull=self.value() == "standing")
        return queryset


@admin.register(Suppression)
class SuppressionAdmin(EvidenceAdmin):
    severe_acts = (Suppress(), Lift())
    list_display = ["masked_shown", "channel", "source", "state", "provider", "recorded_at"]
    list_filter = [StandingFilter, "source", "channel"]
    list_select_related = ["lifting"]
    search_fields = ["address"]
    search_help_text = gettext_lazy("The whole phone number or e-mail address")
    ordering = ["-pk"]
    fields = (
        "channel",
        "address",
        "source",
        "reason",
        "provider",
        "attempt",
        "suppressed_by",
        "recorded_at",
        "lifted_by",
        "lifted_why",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("lifting__lifted_by")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(address__in=address_in(search_term)), False

    @admin.display(description=gettext_lazy("address"))
    def masked_shown(self, suppression: Suppression) -> str:
        return suppression.masked

    @admin.display(description=gettext_lazy("state"))
    def state(self, suppression: Suppression) -> str:
        return pill(*_state_of(suppression))

    @admin.display(description=gettext_lazy("lifted by"))
    def lifted_by(self, suppression: Suppression) -> str:
        return str(suppression.lifting.lifted_by) if hasattr(suppression, "lifting") else "–"

    @admin.display(description=gettext_lazy("reason for lifting it"))
    def lifted_why(self, suppression: Suppression) -> str:
        return suppression.lifting.reason if hasattr(suppression, "lifting") else "–"

    def headline(self, obj: Any) -> Headline:
        return Headline(pills=[_state_of(obj)], facts=[obj.get_source_display()])


@admin.register(RoutingAlarm)
class RoutingAlarmAdmin(EvidenceAdmin):
    list_display = ["subject", "level_shown", "sent", "concerned", "told", "recorded_at"]
    list_filter = ["level"]
    ordering = ["-pk"]
    fields = (
        "subject",
        "level",
        "sent",
        "concerned",
        "told",
        "recorded_at",
    )
    readonly_fields = fields

    @admin.display(description=pgettext_lazy("of an alarm", "level"))
    def level_shown(self, alarm: RoutingAlarm) -> str:
        return pill(alarm.get_level_display(), LEVEL_TONES[RoutingAlarm.Level(alarm.level)])
