"""Forms of the customer's pages and of a staff invitation."""

from typing import Any
from zoneinfo import available_timezones

from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base import forms as mfa_forms
from django import forms
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, AgreementText, User
from accounts.models.users import Language
from accounts.pages.fields import PhoneField
from common.names import validate_name

# Offered first, for they are what nearly everybody picks.
USUAL_ZONES = [
    "Asia/Shanghai",
    "Asia/Hong_Kong",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "UTC",
]


def time_zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """All IANA zones that name a place, the usual ones first."""
    rest = sorted(zone for zone in available_timezones() if "/" in zone and zone[:4] != "Etc/")
    return [
        (str(_("Usual")), [(zone, zone) for zone in USUAL_ZONES]),
        (str(_("All")), [(zone, zone) for zone in rest if zone not in USUAL_ZONES]),
    ]


class ProfileForm(forms.Form):
    """What people change about themselves. `edition` is what they were shown."""

    edition = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=Language.choices,
        help_text=_("Of these pages and of everything we send you."),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices)

    @classmethod
    def showing(cls, user: User) -> "ProfileForm":
        return cls(initial={name: getattr(user, name) for name in cls.base_fields})


class AccountNameForm(forms.Form):
    """What an account is called. `edition` is what the person was shown."""

    edition = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name of the account"),
        max_length=120,
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        help_text=_("It must not look like ours or like that of an authority."),
    )


class ContactEmailForm(forms.Form):
    """Where notices should go by e-mail."""

    address = forms.EmailField(
        label=_("New contact e-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class AgreeForm(forms.Form):
    """Consent to one text. The text is named in the form, so that a version published
    while somebody reads is never agreed to unseen."""

    def __init__(
        self, data: Any = None, *, account: Account, text: AgreementText, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.fields["text"] = forms.ModelChoiceField(
            AgreementText.objects.all(), widget=forms.HiddenInput, initial=text
        )
        self.fields["agreed"] = forms.BooleanField(
            label=_("I have read this text and agree to it.")
        )
        if account.kind == Account.Kind.ORGANIZATION:
            self.fields["authorised"] = forms.BooleanField(
                label=_("I am authorised to agree on behalf of %(name)s, which is bound as I am.")
                % {"name": account}
            )


class ObjectForm(forms.Form):
    """An objection to a version, by somebody who has read what follows."""

    reason = forms.CharField(
        label=_("Why (if you like to say)"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    understood = forms.BooleanField(
        label=_("I object to this version for the account, and know that its services stop.")
    )


class CloseForm(forms.Form):
    """Closing an account, by somebody who has read what follows."""

    reason = forms.CharField(
        label=_("Why (if you like to say)"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    understood = forms.BooleanField(
        label=_("I have read what ends, what is kept and what goes on to bind me.")
    )


class InvitationForm(forms.Form):
    """How a new member of staff will sign in."""

    phone = PhoneField()
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. A few unrelated words are easy to remember."),
    )
    again = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password"):
            raise forms.ValidationError(_("The two passwords differ."))
        return again


class _EachCodeOnce:
    """Refuses a code of the app for as long as it is valid, once it was used.

    allauth remembers a used code for one period only, while the tolerance keeps it
    valid for three.
    """

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]  # of allauth's form
        periods = 1 + 2 * mfa_settings.TOTP_TOLERANCE
        key = f"second-factor-used:{self.user.pk}:{code}"  # type: ignore[attr-defined]
        if not cache.add(key, True, timeout=periods * mfa_settings.TOTP_PERIOD):
            raise get_mfa_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(_EachCodeOnce, mfa_forms.AuthenticateForm):
    """The second step of signing in."""


class ReauthenticateForm(_EachCodeOnce, mfa_forms.ReauthenticateForm):
    """Confirming a sensitive act by the second factor."""
