"""Form fields of the customer's pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import NotAPhoneNumber
from accounts.phone_numbers import parse_phone


class PhoneField(forms.CharField):
    """A phone number written any way `parse_phone` understands; cleaned to E.164."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Phone"))
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault(
            "widget",
            forms.TextInput(attrs={"type": "tel", "autocomplete": "username"}),
        )
        kwargs.setdefault(
            "help_text",
            _("Numbers outside mainland China begin with + and the country code."),
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        written: str = super().clean(value)
        try:
            return parse_phone(written) if written else ""
        except NotAPhoneNumber as refusal:
            raise forms.ValidationError(str(refusal), code="invalid_phone") from None
