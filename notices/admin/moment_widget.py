"""A day and a time, each named for screen readers."""

from django import forms
from django.utils.translation import gettext_lazy as _


class MomentWidget(forms.SplitDateTimeWidget):
    """By the browser's own pickers, which need no script and suit a phone."""

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__(
            attrs=attrs,
            date_attrs={"type": "date", "aria-label": _("Day")},
            time_attrs={"type": "time", "step": "1", "aria-label": _("Time")},
            date_format="%Y-%m-%d",
            time_format="%H:%M:%S",
        )
