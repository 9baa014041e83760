"""Forms of the ways back in: a forgotten password, a lost phone."""

import re
from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import NotAPhoneNumber
from accounts.pages.fields import PhoneField
from accounts.phone_numbers import parse_phone

ONE_TIME = {"autocomplete": "one-time-code", "inputmode": "numeric"}


class ForgottenForm(forms.Form):
    """The phone somebody signs in with."""

    phone = PhoneField(
        label=_("The phone you sign in with"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "username"}),
    )


class CodeForm(forms.Form):
    """A code that was sent. What it is worth is found out elsewhere."""

    code = forms.CharField(label=_("Code"), max_length=40, widget=forms.TextInput(attrs=ONE_TIME))


class FactorForm(forms.Form):
    """A code of the authenticator app, or one of recovery."""

    code = forms.CharField(
        label=_("Code of your authenticator app, or a recovery code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )


class NewPasswordForm(forms.Form):
    """A password, twice."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. A few unrelated words are easy to remember."),
    )
    again = forms.CharField(
        label=_("New password again"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password"):
            raise forms.ValidationError(_("The two passwords differ."))
        return again


class LostPhoneForm(forms.Form):
    """Who somebody is, where they can be reached now, and what happened."""

    who = forms.CharField(
        label=_("The phone you signed in with, or your identifier"),
        max_length=40,
        help_text=_("The identifier begins with usr_ or acc_ and stands in our messages."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    new_phone = PhoneField(
        label=_("Your phone from now on"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        help_text=_("We send a code there. If it is still the same phone, write it here too."),
    )
    drops_factor = forms.BooleanField(
        label=_("My authenticator app and my recovery codes are lost as well."), required=False
    )
    reason = forms.CharField(
        label=_("What happened, and how can we make sure that it is you?"),
        min_length=10,
        max_length=2000,
        validators=[ProhibitNullCharactersValidator()],
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For example who pays for the account, what it is used for, when we can call."),
    )

    def clean_who(self) -> str:
        who: str = self.cleaned_data["who"].strip()
        if re.fullmatch(r"(usr|acc)_[0-9a-z]{20}", who):
            return who
        try:
            return parse_phone(who)
        except NotAPhoneNumber as refusal:
            raise forms.ValidationError(str(refusal), code="invalid_phone") from None

    def clean_reason(self) -> Any:
        reason: str = self.cleaned_data["reason"]
        # Halves of characters cannot be kept.
        return reason.encode("utf-8", "replace").decode()
