"""Forms of the inbox."""

from datetime import date, datetime, time, timedelta

from django import forms
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext_lazy as _

from common.moments import validate_moment
from notices.mailbox import Asked, kinds_to_choose


def _day(label: object) -> forms.DateField:
    return forms.DateField(
        label=label,  # type: ignore[arg-type]  # lazy words are fine
        required=False,
        validators=[validate_moment],
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class InboxForm(forms.Form):
    """What to look for among one's messages; days are those of the reader's time zone."""

    words = forms.CharField(
        label=_("Words"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    clause = forms.RegexField(
        r"^[0-9.()a-z]*$",
        label=_("Clause"),
        required=False,
        max_length=24,
        error_messages={"invalid": _("Write it like 1.3 or 2.2.5(a).")},
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    since = _day(_("From day"))
    until = _day(_("To day"))
    unread = forms.BooleanField(label=_("Unread only"), required=False)

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or None
        kinds = sorted(kinds_to_choose(), key=lambda one: str(one[1]))
        self.fields["kind"] = forms.ChoiceField(
            label=_("Kind"), required=False, choices=[("", _("every kind")), *kinds]
        )

    def asked(self) -> Asked:
        """What the valid form asks for."""
        given = self.cleaned_data
        return Asked(
            words=given["words"],
            clause=given["clause"],
            kind=given["kind"],
            since=_midnight(given["since"]),
            until=_midnight(given["until"], days=1),
            unread_only=given["unread"],
        )


def _midnight(day: date | None, days: int = 0) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=days), time.min, tzinfo=get_current_timezone())
