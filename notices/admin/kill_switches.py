"""Switching providers and channels off and on, at the desk."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from common.admin import EvidenceAdmin, Headline, Outcome, SevereAct, pill
from common.admin.severe_acts import ReasonForm
from common.clock import now
from notices import kill_switches
from notices.admin.providers import provider_choices
from notices.models import Delivery, KillSwitch


class SwitchForm(ReasonForm):
    """What is switched off."""

    provider = forms.ChoiceField(label=gettext_lazy("provider"), required=False)
    channel = forms.ChoiceField(
        label=gettext_lazy("channel"),
        required=False,
        help_text=gettext_lazy("Without a provider: the whole channel."),
    )
    field_order = ["provider", "channel", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = [(one.value, one.label) for one in Delivery.CHANNELS]
        self.fields["provider"].choices = [("", "–"), *provider_choices()]  # type: ignore[attr-defined]
        self.fields["channel"].choices = [("", "–"), *channels]  # type: ignore[attr-defined]

    def clean(self) -> Any:
        cleaned: Any = super().clean()
        if not (cleaned.get("provider") or cleaned.get("channel")):
            self.add_error(None, _("Choose a provider, a channel, or both."))
        return cleaned


class SwitchOff(SevereAct):
    name = "switch_off"
    label = pgettext_lazy("kill switch", "Switch off…")
    heading = gettext_lazy("Switch a provider or channel off")
    explanation = gettext_lazy(
        "At once: nothing more is handed over. Messages go by the next provider, or wait until "
        "it is switched on again; you are alarmed before a lead time is missed. Sign-in codes "
        "and what is on its way are not concerned."
    )
    confirm = pgettext_lazy("kill switch", "Switch off")
    permission = kill_switches.MAY_SWITCH
    form_class = SwitchForm
    on_record = False

    def perform(self, record: Any, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        switch = kill_switches.switch_off(
            provider=answers["provider"],
            channel=answers["channel"],
            switched_by=actor,
            reason=answers["reason"],
        )
        return Outcome(_("Switched off: %s.") % switch, made=switch)


class SwitchOn(SevereAct):
    name = "switch_on"
    label = gettext_lazy("Switch on…")
    heading = gettext_lazy("Switch on again")
    explanation = gettext_lazy("What waited for it is sent at once.")
    confirm = gettext_lazy("Switch on")
    permission = kill_switches.MAY_SWITCH
    dangerous = False
    pins_preview = False

    def offered(self, record: KillSwitch) -> bool:
        return not hasattr(record, "lifting")

    def preview(self, record: KillSwitch) -> str:
        waiting = kill_switches.waiting_for(record)
        return ngettext("%d message waits.", "%d messages wait.", waiting) % waiting

    def perform(self, record: KillSwitch, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        kill_switches.switch_on(switch=record, lifted_by=actor, reason=answers["reason"], at=now())
        return Outcome(_("Switched on again."))


def _state_of(switch: KillSwitch) -> tuple[str, str]:
    if hasattr(switch, "lifting"):
        return _("taken back"), "quiet"
    return pgettext("kill switch", "off"), "bad"


@admin.register(KillSwitch)
class KillSwitchAdmin(EvidenceAdmin):
    severe_acts = (SwitchOff(), SwitchOn())
    list_display = ["__str__", "state", "switched_by", "reason", "recorded_at"]
    list_select_related = ["switched_by", "lifting"]
    ordering = ["-pk"]
    fields = (
        "provider",
        "channel",
        "switched_by",
        "reason",
        "recorded_at",
        "taken_back_by",
        "taken_back_why",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("lifting__lifted_by")

    @admin.display(description=gettext_lazy("state"))
    def state(self, switch: KillSwitch) -> str:
        return pill(*_state_of(switch))

    @admin.display(description=gettext_lazy("switched on by"))
    def taken_back_by(self, switch: KillSwitch) -> str:
        return str(switch.lifting.lifted_by) if hasattr(switch, "lifting") else "–"

    @admin.display(description=gettext_lazy("reason"))
    def taken_back_why(self, switch: KillSwitch) -> str:
        return switch.lifting.reason if hasattr(switch, "lifting") else "–"

    def headline(self, obj: Any) -> Headline:
        return Headline(pills=[_state_of(obj)])
