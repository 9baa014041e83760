"""Forms of what customers give to a case."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy

from common.moments import validate_moment
from compliance.interaction_grants import MOST_DAYS
from compliance.models import Case


class MatterField(forms.ModelChoiceField):
    """A case as its customer knows it: kind, day and number, never our title of it."""

    def label_from_instance(self, case: Any) -> str:
        opened = date_format(localtime(case.opened_at), "DATE_FORMAT")
        return f"{case.get_kind_display()} · {opened} · {case.public_id}"


class LeaveForm(forms.Form):
    """What may be looked at, and for how long."""

    case = MatterField(label=gettext_lazy("For which matter"), queryset=Case.objects.none())
    scope = forms.CharField(
        label=gettext_lazy("What we may look at"),
        min_length=5,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "As narrow as you like: such as requests of one API key on one afternoon."
        ),
    )
    days = forms.IntegerField(
        label=gettext_lazy("For how many days"), min_value=1, max_value=MOST_DAYS, initial=7
    )
    understood = forms.BooleanField(
        label=gettext_lazy(
            "I allow staff of the platform to look at this content for this matter until then."
        )
    )

    def __init__(self, *args: Any, matters: QuerySet[Case], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["case"]
        field.queryset = matters


class CertificateForm(forms.Form):
    """The signed paper, who signed it and when, for what."""

    case = MatterField(label=gettext_lazy("For which matter"), queryset=Case.objects.none())
    what = forms.CharField(
        label=gettext_lazy("What was deleted"),
        min_length=5,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    signatory = forms.CharField(label=gettext_lazy("Signed by"), max_length=80)
    signed_on = forms.DateField(
        label=gettext_lazy("Signed on"),
        validators=[validate_moment],
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    paper = forms.FileField(
        label=gettext_lazy("The signed paper"),
        max_length=255,
        help_text=gettext_lazy("PDF, PNG, JPEG or WebP, 10 MB at most. It is kept encrypted."),
    )

    def __init__(self, *args: Any, matters: QuerySet[Case], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["case"]
        field.queryset = matters
