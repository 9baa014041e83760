"""A field of forms for several files: of staff, of customers and of reporters."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class SeveralFilesField(forms.FileField):
    """Up to `most` files; cleaned to a list of them, which is empty only if none is required."""

    widget = SeveralFilesInput

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = data if isinstance(data, list | tuple) else [data]
        files = [one for one in given if one]
        if len(files) > self.most:
            said = _("Choose at most %(most)s files.") % {"most": self.most}
            raise forms.ValidationError(said, code="many")
        if not files:
            super().clean(None, initial)
        clean_one = super().clean
        return [clean_one(file, initial) for file in files]
