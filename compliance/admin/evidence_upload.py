"""Adding files to a case: several at once, each with an answer of its own."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from common.clock import now
from common.exceptions import BackOfficeError
from compliance import evidence, interaction_grants
from compliance.file_fields import SeveralFilesField
from compliance.models import Case, Evidence, InteractionGrant, Sensitivity

MOST_AT_ONCE = 20


class LeaveField(forms.ModelChoiceField):
    """A customer's leave, by its number and what it allows."""

    def label_from_instance(self, leave: Any) -> str:
        return f"{leave.public_id} · {leave.account} · {leave.scope[:80]}"


class UploadForm(forms.Form):
    """Files, how sensitive they are, what they show."""

    files = SeveralFilesField(  # type: ignore[assignment]  # the name of a property of forms
        most=MOST_AT_ONCE,
        label=gettext_lazy("Files"),
        help_text=gettext_lazy(
            "PDF, PNG, JPEG, WebP, text, CSV, JSON or EML, 10 MB each. Pictures are drawn anew "
            "without place, time and whatever else they carry."
        ),
    )
    sensitivity = forms.ChoiceField(
        label=gettext_lazy("Sensitivity"),
        choices=Sensitivity.choices,
        initial=Sensitivity.ORDINARY,
        help_text=gettext_lazy(
            "Identity documents and what comes from children are seen by a grant only, also by "
            "you. It cannot be changed later."
        ),
    )
    leave = LeaveField(
        label=gettext_lazy("Leave of the customer (3.6.1)"),
        queryset=InteractionGrant.objects.none(),
        required=False,
        help_text=gettext_lazy("For content of the customer's use only."),
    )
    note = forms.CharField(
        label=gettext_lazy("What they show"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["leave"]
        field.queryset = interaction_grants.in_force(now()).filter(case=case)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        used = cleaned.get("sensitivity") == Sensitivity.INTERACTION
        if used != bool(cleaned.get("leave")) and not self.errors:
            self.add_error(
                "leave", _("Content of the customer's use needs their leave, nothing else does.")
            )
        return cleaned


@dataclass(frozen=True)
class Uploaded:
    """What became of one file: the evidence, or why it was refused."""

    name: str
    added: Evidence | None = None
    refusal: str = ""


def take_in(form: UploadForm, *, case: Case, by: User) -> list[Uploaded]:
    """Adds each file of a valid form; one that is refused does not hold up the others."""
    return [
        _take_one(file, form.cleaned_data, case=case, by=by) for file in form.cleaned_data["files"]
    ]


def _take_one(file: Any, answers: dict[str, Any], *, case: Case, by: User) -> Uploaded:
    if file.size > evidence.MOST_BYTES:
        # Not read into memory to say so.
        return Uploaded(file.name, refusal=_("The file is larger than 10 MB. Send a smaller one."))
    try:
        added = evidence.add(
            case=case,
            content=file.read(),
            name=file.name,
            source=Evidence.Source.STAFF,
            sensitivity=answers["sensitivity"],
            interaction_grant=answers["leave"],
            note=answers["note"],
            added_by=by,
            at=now(),
        )
    except BackOfficeError as refusal:
        return Uploaded(file.name, refusal=str(refusal))
    return Uploaded(file.name, added)
