"""Forms of organizations, members and transfers."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import invitations, uscc
from accounts.exceptions import CodeIsMalformed, NotAPhoneNumber
from accounts.models import AgreementText, AuthorityDeclaration, Invitation, Membership, User
from accounts.models.users import Language
from accounts.phone_numbers import parse_phone
from common.names import validate_name

REASON_LENGTH = 1000


class OrganizationForm(forms.Form):
    """Opening an organization. The texts agreed to are named in the form, so that none
    published meanwhile is agreed to unseen."""

    name = forms.CharField(
        label=_("Registered name"),
        max_length=120,
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        help_text=_("As on the business licence. It becomes the name of the account."),
    )
    code = forms.CharField(
        label=_("Unified social credit code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("18 places, on the business licence. Spaces do not matter."),
    )
    capacity = forms.ChoiceField(
        label=_("I am"), choices=AuthorityDeclaration.Capacity.choices, widget=forms.RadioSelect
    )
    position = forms.CharField(
        label=_("Your position there"),
        max_length=80,
        required=False,
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
        help_text=_("Needed unless you are the legal representative."),
    )

    def __init__(self, data: Any = None, *, texts: Sequence[AgreementText], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.texts = texts
        self.fields["texts"] = forms.CharField(
            widget=forms.HiddenInput, initial=self.named_texts(), required=False
        )
        self.fields["agreed"] = forms.BooleanField(
            label=_("I have read these documents and agree to them on its behalf.")
        )
        self.fields["authorised"] = forms.BooleanField(
            label=_(
                "I declare that I am its legal representative or authorised by it, as chosen "
                "above, and that it is bound as I am."
            )
        )

    def named_texts(self) -> str:
        return " ".join(text.sha256 for text in self.texts)

    def clean_code(self) -> str:
        try:
            return uscc.parse(self.cleaned_data["code"])
        except CodeIsMalformed as refusal:
            raise forms.ValidationError(str(refusal), code="malformed") from None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        # Of the form and not of the field: nobody sees what is wrong with a hidden one.
        if cleaned.get("texts") != self.named_texts():
            self.data = {**self.data, "texts": self.named_texts()}  # what is shown now
            self.add_error(
                None,
                _("A newer version of an agreement was published. Read it, then agree again."),
            )
        needed = cleaned.get("capacity") == AuthorityDeclaration.Capacity.AUTHORISED
        if needed and not cleaned.get("position", "").strip():
            self.add_error("position", _("Say what your position there is."))
        return cleaned


class InviteForm(forms.Form):
    """Inviting somebody by SMS or e-mail, whichever the address is."""

    address = forms.CharField(
        label=_("Phone or e-mail"),
        max_length=254,
        help_text=_("They can accept only with this number or address of their own."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"))
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        initial=invitations.LASTS_DAYS,
    )
    language = forms.ChoiceField(label=_("Language of the message"), choices=Language.choices)

    def __init__(
        self, data: Any = None, *, roles: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.fields["role"].choices = roles  # type: ignore[attr-defined]
        self.fields["role"].initial = Membership.Role.VIEWER
        self.fields["days"].choices = [  # type: ignore[attr-defined]
            (days, ngettext("%d day", "%d days", days) % days) for days in invitations.DAYS
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not (address := cleaned.get("address", "").strip()):
            return cleaned
        try:
            if "@" in address:
                channel = Invitation.Channel.EMAIL
                address = forms.EmailField(max_length=254).clean(address)
            else:
                channel = Invitation.Channel.PHONE
                address = parse_phone(address)
        except forms.ValidationError as refusal:
            self.add_error("address", refusal)
        except NotAPhoneNumber as refusal:
            self.add_error("address", str(refusal))
        else:
            cleaned.update(channel=channel, address=address)
        return cleaned


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(label=_("Role"))

    def __init__(
        self, data: Any = None, *, roles: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.fields["role"].choices = roles  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why, for whoever reads the activity log later."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept in the activity log."),
    )


class OwnershipForm(forms.Form):
    """Who is to own the organization, and what becomes of whoever asks."""

    new_owner = forms.ChoiceField(label=_("New owner"))
    remains_as = forms.ChoiceField(label=_("I become"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Our staff decide by it, and keep it."),
    )

    def __init__(self, data: Any = None, *, members: Sequence[User], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.members = {one.public_id: one for one in members}
        self.fields["new_owner"].choices = [  # type: ignore[attr-defined]
            (one.public_id, f"{one} · {one.masked_phone}") for one in members
        ]
        self.fields["remains_as"].choices = [  # type: ignore[attr-defined]
            *((role.value, role.label) for role in Membership.Role if role != "owner"),
            ("owner", _("owner, beside the new one")),
            ("", _("nothing: I leave")),
        ]

    def clean_new_owner(self) -> User:
        return self.members[self.cleaned_data["new_owner"]]
