"""Forms of the customer's pages of matters."""

from django import forms
from django.utils.translation import gettext_lazy

from compliance.file_fields import SeveralFilesField
from compliance.inquiries import MOST_FILES


class AnswerForm(forms.Form):
    """What a customer answers to a question, with files."""

    text = forms.CharField(
        label=gettext_lazy("Your answer"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    attached = SeveralFilesField(
        most=MOST_FILES,
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
