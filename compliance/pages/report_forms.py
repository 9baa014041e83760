"""Forms of reports: for everybody, for customers, and for objecting to an answer."""

from typing import Any

from django import forms
from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.models import Account, Membership, User
from compliance import report_reasons
from compliance.file_fields import SeveralFilesField
from compliance.models import Report
from compliance.report_reasons import Reason
from compliance.reports import MOST_FILES, MOST_TEXT, Upload

MOST_OF_A_FILE = 10 * 1024 * 1024
MOST_OF_ALL_FILES = 20 * 1024 * 1024
# What a request may have beside its files.
ROOM_FOR_TEXT = 256 * 1024


class FilesField(SeveralFilesField):
    """Several files, read into memory within the bounds that its help text names."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=MOST_FILES, required=False, max_length=200, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Upload]:
        files = super().clean(data, initial)
        if any(one.size > MOST_OF_A_FILE for one in files):
            raise forms.ValidationError(
                _("A file may have at most %(most)s.") % {"most": filesizeformat(MOST_OF_A_FILE)}
            )
        if sum(one.size for one in files) > MOST_OF_ALL_FILES:
            raise forms.ValidationError(
                _("All files together may have at most %(most)s.")
                % {"most": filesizeformat(MOST_OF_ALL_FILES)}
            )
        return [Upload(name=one.name or "", content=one.read()) for one in files]


def _files_help() -> str:
    return _(
        "Pictures, PDF or text: at most %(most)s files of %(each)s each, %(all)s in all. After "
        "a mistake in the form they have to be chosen again."
    ) % {
        "most": MOST_FILES,
        "each": filesizeformat(MOST_OF_A_FILE),
        "all": filesizeformat(MOST_OF_ALL_FILES),
    }


def files_field() -> FilesField:
    return FilesField(label=gettext_lazy("Files (optional)"), help_text=lazy(_files_help, str)())


class ReportForm(forms.Form):
    """What is wrong, with whom or what, and what happened."""

    channel = Report.Channel.PUBLIC

    reason = forms.ChoiceField(label=gettext_lazy("What is wrong?"))
    account = forms.CharField(
        label=gettext_lazy("Identifier of the account (acc_…), if you know it"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        label=gettext_lazy("Name of the account, person or company"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    location = forms.CharField(
        label=gettext_lazy("Where it can be seen: an address (link), or the text itself"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Fill in at least one of these three."),
    )
    statement = forms.CharField(
        label=gettext_lazy("What happened?"),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=gettext_lazy("When, where, what you saw, and how it concerns you."),
    )
    attachments = files_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason: Any = self.fields["reason"]
        offered = report_reasons.offered(channel=self.channel, language=get_language())
        reason.choices = [("", _("Choose what comes closest")), *offered]

    def clean_reason(self) -> Reason:
        chosen = report_reasons.chosen(self.cleaned_data["reason"], channel=self.channel)
        if chosen is None:
            raise forms.ValidationError(_("Choose what comes closest."))
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        named = ("account", "name", "location")
        if not any(cleaned.get(name) for name in named) and not set(named) & set(self.errors):
            raise forms.ValidationError(
                _("Say what it is about: an account, a name, or where it can be seen.")
            )
        return cleaned


class PublicReportForm(ReportForm):
    """For everybody; nobody has to say who they are."""

    contact_name = forms.CharField(
        label=gettext_lazy("Your name (optional)"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    contact_email = forms.EmailField(
        label=gettext_lazy("Your e-mail (optional)"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=gettext_lazy("We send the answer there. It is on the tracking page anyway."),
    )
    consent = forms.BooleanField(
        label=gettext_lazy(
            "I agree that apiqik keeps what I write here, encrypted, and uses it to look into "
            "this matter. Whom I report is not told who I am."
        )
    )


class CustomerReportForm(ReportForm):
    """For somebody who is signed in, on behalf of an account of theirs."""

    channel = Report.Channel.CUSTOMER

    own = forms.ModelChoiceField(
        label=gettext_lazy("Report on behalf of"),
        queryset=Account.objects.none(),
        to_field_name="public_id",
        empty_label=None,
    )
    field_order = ("own",)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own: Any = self.fields["own"]
        of = Membership.objects.filter(user=user).values("account")
        own.queryset = Account.objects.filter(pk__in=of).order_by("name")


class ObjectionForm(forms.Form):
    """Why the answer is wrong, with more files if there are any."""

    text = forms.CharField(
        label=gettext_lazy("Why you object"),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    attachments = files_field()


class ReceiptForm(forms.Form):
    """A receipt number, to follow a report."""

    receipt = forms.CharField(
        label=gettext_lazy("Receipt number"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
