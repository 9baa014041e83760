"""Fields of the forms that staff fill in about money."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.exceptions import NotAnAmount
from billing.money import micro_of


class YuanField(forms.CharField):
    """An amount in yuan, in whole fen; its value is micro-yuan."""

    def __init__(self, *, signed: bool = False, **kwargs: Any) -> None:
        self.signed = signed
        kwargs.setdefault("help_text", _("In yuan, such as 1280.50."))
        kwargs.setdefault("max_length", 24)
        # The letters one needs on a phone.
        attrs = {"inputmode": "text" if signed else "decimal", "autocomplete": "off"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text in self.empty_values:
            return None
        try:
            amount = micro_of(text.replace(",", "").replace("¥", "").replace("−", "-").strip())
        except NotAnAmount as refusal:
            raise ValidationError(str(refusal), code="not_an_amount") from None
        if not self.signed and amount <= 0:
            raise ValidationError(_("The amount has to be more than nothing."), code="nothing")
        return amount
