"""Providers at the desk: their order, limits, quiet hours, and how they fare."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.admin import EvidenceAdmin, Headline, number, pill
from common.clock import now
from common.exceptions import BackOfficeError
from common.messaging import configured
from notices import provider_orders
from notices.admin.lead_policies import Link
from notices.admin.reasoned import ReasonedAdmin, ReasonedForm
from notices.models import (
    Delivery,
    ProviderHealth,
    ProviderLimit,
    ProviderOrder,
    ProviderShift,
    QuietHours,
)

STEERED_BY = (
    ("providerorder", gettext_lazy("Order")),
    ("providerlimit", gettext_lazy("Limits")),
    ("quiethours", gettext_lazy("Quiet hours")),
    ("killswitch", gettext_lazy("Kill switches")),
    ("providershift", gettext_lazy("Shifts of traffic")),
    ("routingalarm", gettext_lazy("Alarms")),
)


def provider_choices() -> list[tuple[str, str]]:
    """Every provider that the settings name."""
    return [
        (name, name) for channel in Delivery.CHANNELS for name in configured.names(channel.value)
    ]


class LinesField(forms.CharField):
    """Names, one a line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        written = super().clean(value)
        return [line.strip() for line in written.splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(
            self.prepare_value(initial), "\n".join((data or "").splitlines())
        )


class ProviderOrderForm(ReasonedForm):
    providers = LinesField(
        label=gettext_lazy("providers"),
        max_length=1000,
        help_text=gettext_lazy("One a line, the preferred one first."),
    )

    def clean(self) -> Any:
        cleaned: Any = super().clean()
        channel, named = cleaned.get("channel"), cleaned.get("providers")
        if channel and named is not None:
            try:
                provider_orders.check(channel=channel, providers=named)
            except BackOfficeError as refusal:
                self.add_error("providers", str(refusal))
        return cleaned


@admin.register(ProviderOrder)
class ProviderOrderAdmin(ReasonedAdmin):
    form = ProviderOrderForm
    list_display = ["__str__", "in_order"]
    list_filter = ["channel"]
    ordering = ["channel", "country"]
    fields = ["channel", "country", "providers", "why"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["channel", "country"] if obj else []

    @admin.display(description=gettext_lazy("providers"))
    def in_order(self, order: ProviderOrder) -> str:
        return " → ".join(order.providers)

    def headline(self, obj: Any) -> Headline:
        return Headline(facts=[" → ".join(obj.providers)])


class ProviderLimitForm(ReasonedForm):
    def clean_provider(self) -> str:
        name: str = self.cleaned_data["provider"]
        if name not in dict(provider_choices()):
            raise ValidationError(_("There is no message provider “%s”.") % name)
        return name


@admin.register(ProviderLimit)
class ProviderLimitAdmin(ReasonedAdmin):
    form = ProviderLimitForm
    list_display = ["provider", "per_second", "per_minute", "per_day", "per_address"]
    ordering = ["provider"]
    fields = ["provider", "per_second", "per_minute", "per_day", "per_address", "why"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["provider"] if obj else []

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "provider":
            return forms.ChoiceField(
                label=db_field.verbose_name.capitalize(), choices=provider_choices()
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(QuietHours)
class QuietHoursAdmin(ReasonedAdmin):
    list_display = ["channel", "begins", "ends", "in_force_shown"]
    ordering = ["channel"]
    fields = ["channel", "begins", "ends", "in_force", "why"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["channel"] if obj else []

    @admin.display(description=gettext_lazy("state"))
    def in_force_shown(self, hours: QuietHours) -> str:
        return pill(*_state_of(hours))

    def headline(self, obj: Any) -> Headline:
        return Headline(
            pills=[_state_of(obj)],
            facts=[_("A message that would cost anybody a day of notice goes all the same.")],
        )


def _state_of(hours: QuietHours) -> tuple[str, str]:
    return (_("in force"), "good") if hours.in_force else (_("not in force"), "quiet")


def share_pill(tenths: int) -> tuple[str, str]:
    """How much of its traffic a provider gets."""
    tone = "good" if tenths == ProviderHealth.FULL else "warn" if tenths else "bad"
    return f"{tenths * 10}%", tone


@admin.register(ProviderHealth)
class ProviderHealthAdmin(EvidenceAdmin):
    """Kept by the jobs; nobody edits it. To move traffic by hand, change the order or use a
    kill switch."""

    list_display = ["provider", "share", "cause", "answered", "failed", "slow", "measured_at"]
    ordering = ["provider"]
    fields = (
        "provider",
        "share",
        "cause",
        "answered",
        "failed",
        "slow",
        "awaited",
        "late",
        "measured_at",
        "moved_at",
    )
    readonly_fields = fields

    def acts_on(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Over the list: what steers them."""
        return [
            (Link(label), reverse(f"admin:notices_{model}_changelist"))
            for model, label in STEERED_BY
            if obj is None and request.user.has_perm(f"notices.view_{model}")
        ]

    @admin.display(description=gettext_lazy("share of its traffic"))
    def share(self, health: ProviderHealth) -> str:
        return pill(*share_pill(health.tenths))

    def headline(self, obj: Any) -> Headline:
        minutes = int((now() - obj.measured_at).total_seconds() // 60)
        ago = ngettext("measured %d minute ago", "measured %d minutes ago", minutes) % minutes
        return Headline(pills=[share_pill(obj.tenths)], facts=[ago])


@admin.register(ProviderShift)
class ProviderShiftAdmin(EvidenceAdmin):
    list_display = ["provider", "moved", "cause", "answered", "failed", "slow", "recorded_at"]
    list_filter = ["provider"]
    ordering = ["-pk"]
    fields = (
        "provider",
        "moved",
        "cause",
        "answered",
        "failed",
        "slow",
        "awaited",
        "late",
        "recorded_at",
    )
    readonly_fields = fields

    @admin.display(description=gettext_lazy("share of its traffic"))
    def moved(self, shift: ProviderShift) -> str:
        return f"{number(shift.before * 10)}% → {number(shift.after * 10)}%"
