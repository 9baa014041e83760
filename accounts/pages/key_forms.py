"""Forms of API keys."""

import secrets
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Account, Service
from accounts.pages.organization_forms import REASON_LENGTH
from common.names import validate_name

DAYS = (30, 90, 180, 365)
OVERLAPS = (0, 1, 7, 14, 30)
ON_A_DAY, NEVER = "day", ""


def _days(days: int) -> str:
    return ngettext("%d day", "%d days", days) % days


class ExpiryForm(forms.Form):
    """When a key ends, and the proof that this form was not sent before.

    `once` is a word of this form's own: sent a second time, by a reload or the back button, it
    makes no second key.
    """

    once = forms.CharField(
        widget=forms.HiddenInput,
        max_length=64,
        required=False,
        initial=lambda: secrets.token_urlsafe(16),
    )
    expires = forms.ChoiceField(label=_("Works for"), required=False, initial="90")
    expires_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Only if you chose a day of your own; counted where the account is."),
    )

    def __init__(self, data: Any = None, *, account: Account, at: datetime, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.account, self.at = account, at
        self.fields["expires"].choices = [  # type: ignore[attr-defined]
            *((str(days), _days(days)) for days in DAYS),
            (ON_A_DAY, _("until a day I choose")),
            (NEVER, _("until it is revoked")),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        # Of the form and not of the field: nobody sees what is wrong with a hidden one.
        if not cleaned.get("once"):
            self.add_error(None, _("The form is incomplete. Open the page again."))
        chosen: str = cleaned.get("expires", NEVER)
        cleaned["expires_at"] = None
        if chosen == ON_A_DAY and "expires_on" in cleaned:
            self._on_a_day(cleaned, cleaned["expires_on"])
        elif chosen not in (ON_A_DAY, NEVER):
            cleaned["expires_at"] = self.at + timedelta(days=int(chosen))
        return cleaned

    def _on_a_day(self, cleaned: dict[str, Any], day: date | None) -> None:
        zone = ZoneInfo(self.account.time_zone)
        today = self.at.astimezone(zone).date()
        if day is None:
            self.add_error("expires_on", _("Choose the last day."))
        elif not today <= day <= today + timedelta(days=3660):
            self.add_error("expires_on", _("Choose a day from today on, within ten years."))
        else:
            cleaned["expires_at"] = datetime.combine(day + timedelta(days=1), time.min, zone)


class KeyForm(ExpiryForm):
    """A new key."""

    name = forms.CharField(
        label=_("Name of the key"),
        max_length=80,
        validators=[validate_name],
        help_text=_("What it is for, such as “production server”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    services = forms.ModelMultipleChoiceField(
        label=_("Services"),
        queryset=Service.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: for all services, also those to come."),
    )
    field_order = ("once", "name", "services", "expires", "expires_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["services"].queryset = Service.objects.on_sale()  # type: ignore[attr-defined]
        self.fields["services"].to_field_name = "slug"  # type: ignore[attr-defined]


class RotateForm(ExpiryForm):
    """A new key in place of an old one."""

    overlap = forms.TypedChoiceField(
        label=_("The old key goes on for"),
        coerce=int,
        initial=7,
        help_text=_("Meanwhile both work, so that you can change over."),
    )
    field_order = ("once", "overlap", "expires", "expires_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["overlap"].choices = [  # type: ignore[attr-defined]
            (days, _("it ends at once") if days == 0 else _days(days)) for days in OVERLAPS
        ]


class HandOverForm(forms.Form):
    """Asking that a key go to another account."""

    to_account = forms.CharField(
        label=_("Identifier of the other account"),
        max_length=40,
        help_text=_("Its owner finds it on the account's page; it begins with acc_."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Our staff decide by it, and keep it."),
    )
