"""The form that asks for leave to go without the explicit label (clause 3.6.2)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.label_promises import Promised, sha256_of
from accounts.models import ClauseText, Service
from accounts.models.label_exemptions import LONGEST_PURPOSE

WHOLE, SOME = "whole", "some"


class LabelExemptionForm(forms.Form):
    """For what, what for, and the four undertakings, each accepted by itself.

    Their words are named in the form, so that none that came into force meanwhile is accepted
    unseen.
    """

    extent = forms.ChoiceField(
        label=pgettext_lazy("a label exemption", "For"),
        choices=[(SOME, _("some services")), (WHOLE, _("the whole account"))],
        widget=forms.RadioSelect,
        initial=SOME,
    )
    services = forms.ModelMultipleChoiceField(
        label=_("Services"),
        queryset=Service.objects.on_sale(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose only what you need; nothing, if you ask for the whole account."),
    )
    purpose = forms.CharField(
        label=_("What you need it for"),
        max_length=LONGEST_PURPOSE,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "In your words: where the content goes, who sees it, and why a visible label stands "
            "in the way."
        ),
    )

    def __init__(self, data: Any = None, *, promised: Promised, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.promised = promised
        self.fields["words"] = forms.CharField(
            widget=forms.HiddenInput, initial=self.named_words(), required=False
        )
        for words in promised.undertakings:
            self.fields[field_of(words)] = forms.BooleanField(
                label=f"{words.clause.number} {words.heading} {words.body}".strip()
            )

    def named_words(self) -> str:
        return " ".join(sha256_of(words) for words in self.promised.undertakings)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        # Of the form and not of the field: nobody sees what is wrong with a hidden one.
        if cleaned.get("words") != self.named_words():
            self.data = {**self.data, "words": self.named_words()}  # what is shown now
            self.add_error(
                None, _("The terms were changed meanwhile. Read the undertakings, then send it.")
            )
        if cleaned.get("extent") == SOME and "services" in cleaned and not cleaned["services"]:
            self.add_error("services", _("Choose the services."))
        if cleaned.get("extent") == WHOLE:
            cleaned["services"] = []
        return cleaned


def field_of(words: ClauseText) -> str:
    """The name of the box for an undertaking: `promise_a`."""
    return f"promise_{words.clause.number[-2]}"
