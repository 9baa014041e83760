"""A day and a time, each named for screen readers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class MomentWidget(forms.SplitDateTimeWidget):
    """By the browser's own pickers, which need no script and suit a phone."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        day: dict[str, Any] = {"type": "date", "aria-label": _("Day")}
        time: dict[str, Any] = {"type": "time", "step": "1", "aria-label": _("Time")}
        super().__init__(
            attrs=attrs,
            date_attrs=day,
            time_attrs=time,
            date_format="%Y-%m-%d",
            time_format="%H:%M:%S",
        )
