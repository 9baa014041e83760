"""Forms of the customer's pages of matters."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.inquiries import MOST_FILES


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Up to `MOST_FILES` files, or none; cleaned to a list of them."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = data if isinstance(data, list | tuple) else [data]
        files = [one for one in given if one]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(_("Add %(most)s files at most.") % {"most": MOST_FILES})
        if not files:
            super().clean(None, initial)
        return [super(SeveralFilesField, self).clean(one, initial) for one in files]


class AnswerForm(forms.Form):
    """What a customer answers to a question, with files."""

    text = forms.CharField(
        label=gettext_lazy("Your answer"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    attached = SeveralFilesField(
        label=gettext_lazy("Files"),
        required=False,
        help_text=gettext_lazy(
            "Up to 5 files that show what you say. They are kept encrypted, and every look at "
            "one is recorded."
        ),
    )
    identity = forms.BooleanField(
        label=gettext_lazy(
            "A file shows an identity document. Then nobody opens your files unless a supervisor "
            "allows it."
        ),
        required=False,
    )
