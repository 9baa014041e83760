"""The forms that policies are written and bound with."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import agreements
from accounts.consent import TERMS
from accounts.models import AgreementVersion, Clause
from common.admin import ReasonForm
from compliance import policies
from compliance.models import Action, Severity
from compliance.policies import Wording


class WordingForm(forms.Form):
    """The next version of a policy. `before` is the version that was read."""

    before = forms.IntegerField(widget=forms.HiddenInput)
    title_zh_hans = forms.CharField(label=_("title in Chinese"), required=False)
    text_zh_hans = forms.CharField(
        label=_("text in Chinese"), required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    title_en = forms.CharField(label=_("title in English"), required=False)
    text_en = forms.CharField(
        label=_("text in English"), required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    severity = forms.TypedChoiceField(label=_("severity"), choices=Severity.choices, coerce=int)
    allowed_actions = forms.MultipleChoiceField(
        label=_("actions allowed"),
        choices=Action.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    default_action = forms.ChoiceField(label=_("usual action"), choices=Action.choices)
    default_days = forms.IntegerField(
        label=_("usual term in days"),
        required=False,
        help_text=_("Proposed with the usual action. Empty: until it is lifted."),
    )
    strike_points = forms.IntegerField(label=_("strike points"), min_value=0)
    tell_authority = forms.BooleanField(label=_("an authority has to be told"), required=False)
    reason = forms.CharField(
        label=_("reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept for good, with your name. Auditors read it."),
    )

    def __init__(self, *args: Any, saving: bool = False, **kwargs: Any) -> None:
        self.saving = saving
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            for field, sentence in policies.problems(self.wording()):
                self.add_error(field, sentence)
        if self.saving and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("Say why the policy changes."))
        return cleaned

    def wording(self) -> Wording:
        """What would be saved, once the form is clean."""
        fields = {name: self.cleaned_data.get(name) for name in Wording.__dataclass_fields__}
        for name in ("text_zh_hans", "text_en"):
            # As it is kept: browsers send line ends of their own.
            fields[name] = str(fields[name]).replace("\r\n", "\n")
        return Wording(
            **{**fields, "allowed_actions": policies.in_order(fields["allowed_actions"] or ())}  # type: ignore[arg-type]  # cleaned
        )


class BindingForm(ReasonForm):
    """The clause a policy is to stand on, of the version it is for."""

    clause = forms.ModelChoiceField(label=_("clause"), queryset=Clause.objects.none())
    field_order = ["clause", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["clause"]
        assert isinstance(field, forms.ModelChoiceField)
        newest = AgreementVersion.objects.filter(document__slug=TERMS).order_by("-number")[:5]
        citable = Clause.objects.none()
        for version in newest:
            citable = citable | agreements.citable(version)
        field.queryset = citable.select_related("version__document").order_by(
            "-version__number", "position"
        )
