"""The forms that texts and lead times are written with."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notices import lead_policies, texts
from notices.models import Channel, ServiceChange, Template
from notices.text_trials import changes_to_show

REASON_HELP = _("Kept for good, with your name. Auditors read it.")


class WordingForm(forms.Form):
    """The next wording of a text, and with whom to try it. `before` is the version read."""

    before = forms.IntegerField(widget=forms.HiddenInput)
    subject = forms.CharField(label=_("subject"), required=False, strip=True)
    body = forms.CharField(
        label=_("text"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 24})
    )
    reason = forms.CharField(
        label=_("reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=REASON_HELP,
    )
    change = forms.ModelChoiceField(
        label=_("shown with"),
        queryset=ServiceChange.objects.none(),
        required=False,
        empty_label=_("plausible values"),
    )
    person = forms.CharField(
        label=_("as read by"),
        required=False,
        max_length=32,
        help_text=_("Identifier of a person the change is for. Empty: whoever comes first."),
    )

    def __init__(self, *args: Any, text: Template, saving: bool = False, **kwargs: Any) -> None:
        self.text, self.saving = text, saving
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        shown = self.fields["change"]
        assert isinstance(shown, forms.ModelChoiceField)
        recent = [change.pk for change in changes_to_show(text.kind)]
        shown.queryset = ServiceChange.objects.filter(pk__in=recent).order_by("-pk")
        self.fields["subject"].widget.attrs["class"] = "vLargeTextField"
        if text.channel == Channel.SMS:
            del self.fields["subject"]
            self.fields["body"].widget.attrs["rows"] = 6
        if text.channel == Channel.ANNOUNCEMENT:
            del self.fields["person"]

    def clean_person(self) -> User | None:
        written = self.cleaned_data["person"].strip()
        if not written:
            return None
        person = User.objects.filter(public_id=written).first()
        if person is None:
            raise forms.ValidationError(_("There is no person with that identifier."))
        return person

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for field, sentence in texts.problems(self.wording()):
            self.add_error(field if field in self.fields else None, sentence)
        if self.saving and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("Say why the text changes."))
        return cleaned

    def wording(self) -> texts.Wording:
        """What would be saved; that of the version before while nothing was typed."""
        if not self.is_bound:
            return texts.wording_of(self.text)
        return texts.tidy(
            text=self.text,
            subject=self.data.get("subject", "") if "subject" in self.fields else "",
            body=self.data.get("body", ""),
        )


def initial_of(text: Template) -> dict[str, Any]:
    """The form as it opens: the newest version, tried with the newest change."""
    recent = changes_to_show(text.kind)
    return {
        "before": text.pk,
        "subject": text.subject,
        "body": text.body,
        "change": recent[0].pk if recent else None,
    }


class LeadPolicyForm(forms.Form):
    """How far ahead, and what counts. `before` is the policy read; empty for the first."""

    before = forms.IntegerField(widget=forms.HiddenInput, required=False)
    lead_days = forms.IntegerField(
        label=_("days ahead"),
        min_value=0,
        max_value=lead_policies.MOST_DAYS,
        help_text=_(
            "Whole days between the day of notice and the day of effect, in the account's zone."
        ),
    )
    required_channels = forms.MultipleChoiceField(
        label=_("channels required"),
        choices=Channel.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Every one of these has to have been used before the effect."),
    )
    counted_channels = forms.MultipleChoiceField(
        label=_("channels that count"),
        choices=[(c.value, c.label) for c in Channel if c.value in lead_policies.CAN_COUNT],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A provider that accepts one of these proves the notice."),
    )
    reason = forms.CharField(
        label=_("reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=REASON_HELP,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "lead_days" in cleaned and not self.errors.keys() & {"lead_days"}:
            for field, sentence in lead_policies.problems(
                lead_days=cleaned["lead_days"],
                required_channels=cleaned.get("required_channels", []),
                counted_channels=cleaned.get("counted_channels", []),
            ):
                self.add_error(field, sentence)
        return cleaned
