"""Editing what steers the sending: each edit has a reason, kept in the history and the log."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from common.admin.calendar import ValuesInLog
from common.admin.editing import EditionForm


class ReasonedForm(EditionForm):
    """Asks why."""

    why = forms.CharField(
        label=gettext_lazy("Reason"),
        min_length=5,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Kept for good, with your name. Auditors read it."),
    )


class ReasonedAdmin(ValuesInLog):
    """For records that are edited with a reason."""

    form = ReasonedForm

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        edits = self.has_change_permission(request, obj) if obj else True
        # Who may only look is asked for no reason.
        return [name for name in super().get_fields(request, obj) if edits or name != "why"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj._change_reason = form.cleaned_data["why"]  # of django-simple-history
        super().save_model(request, obj, form, change)
