"""Forms of opening an account and of a guardian's consent."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import capacity
from accounts.declared_use import Occasion, Use
from accounts.models import AgreementText, AgreementVersion, GuardianConsent
from accounts.pages.fields import PhoneField
from common.names import validate_name

NONE = "none"
DATES = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"]


class PhoneForm(forms.Form):
    """Where the code goes."""

    phone = PhoneField(
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )


class CodeForm(forms.Form):
    """The code that came."""

    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class CredentialsForm(forms.Form):
    """What the person is called, and their password."""

    name = forms.CharField(
        label=pgettext_lazy("of a person", "Name"),
        max_length=120,
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("Your account is called so too. You can change it later."),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. A few unrelated words are easy to remember."),
    )
    again = forms.CharField(
        label=_("Password again"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password", again):
            raise forms.ValidationError(_("The two passwords differ."))
        return again


class DeclarationsForm(forms.Form):
    """Birth date and capacity (1.1), use and excluded occasions (1.2.8(b))."""

    born = forms.DateField(
        label=_("Birth date"),
        input_formats=DATES,
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d"),
        help_text=_("Only whether you are of age is kept; of minors also the month they will be."),
        error_messages={"invalid": _("Write the date like 1990-05-17.")},
    )
    use = forms.ChoiceField(label=_("What will you generate?"), choices=Use.choices)
    details = forms.CharField(
        label=_("In your words (if you like to say)"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    occasions = forms.MultipleChoiceField(
        label=_("Will it be for one of these?"),
        choices=[*Occasion.choices, (NONE, _("none of these"))],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick what applies, or “none of these”.")},
    )
    capable = forms.BooleanField(label=capacity.SENTENCE)

    def clean_occasions(self) -> list[str]:
        """Those that are meant; nothing if none is."""
        ticked: list[str] = self.cleaned_data["occasions"]
        if NONE in ticked and len(ticked) > 1:
            raise forms.ValidationError(_("Either one of these or none: you ticked both."))
        return [one for one in ticked if one != NONE]


class AgreementsForm(forms.Form):
    """Consent to each document in force. The texts are named in the form, so that a version
    published while somebody reads is never agreed to unseen."""

    def __init__(
        self, data: Any = None, *, versions: Sequence[AgreementVersion], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.versions = versions
        for version in versions:
            self.fields[f"text_{version.document_id}"] = forms.ModelChoiceField(
                AgreementText.objects.filter(version__publication__isnull=False),
                widget=forms.HiddenInput,
                initial=version.text_in(None),
            )
            self.fields[f"agreed_{version.document_id}"] = forms.BooleanField(
                label=_("I have read “%(document)s”, version %(number)d, and agree to it.")
                % {"document": version.document, "number": version.number}
            )

    def documents(self) -> list[tuple[AgreementVersion, AgreementText, forms.BoundField]]:
        """Each version with its text in the page's language and the box to tick."""
        return [
            (version, version.text_in(None), self[f"agreed_{version.document_id}"])
            for version in self.versions
        ]

    def texts(self) -> list[AgreementText]:
        """What was accepted."""
        return [self.cleaned_data[f"text_{version.document_id}"] for version in self.versions]


class GuardianPhoneForm(forms.Form):
    """Whom to ask."""

    phone = PhoneField(
        label=_("Your guardian's phone"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )


class GuardianForm(CodeForm):
    """What a guardian says, with the code that proves the phone."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    relation = forms.ChoiceField(label=_("You are their"), choices=GuardianConsent.Relation.choices)
    consents = forms.BooleanField(
        label=_(
            "I am a guardian of this minor, have read the terms, and consent to the account "
            "and to what is bought with it."
        )
    )
    personal_data = forms.BooleanField(
        label=_("I consent to the processing of this child's personal data for the account.")
    )
    field_order = ["name", "relation", "consents", "personal_data", "code"]

    def __init__(
        self, data: Any = None, *, text: AgreementText, child: bool, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.fields["text"] = forms.ModelChoiceField(
            AgreementText.objects.all(), widget=forms.HiddenInput, initial=text
        )
        if not child:
            del self.fields["personal_data"]
