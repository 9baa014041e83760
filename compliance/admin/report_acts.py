"""What staff do with reports: file one for somebody, tell the reporter, see who it was."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.models.users import Language
from common.admin import Detail, Outcome, ReasonForm, SevereAct
from common.clock import now
from compliance import report_letters, report_reading, report_reasons, reports
from compliance.models import Report, ReportOutcome
from compliance.pages.report_forms import files_field
from compliance.report_reasons import Reason
from compliance.reports import MOST_TEXT, Reporter
from compliance.subjects import account_named

Verdict = ReportOutcome.Verdict


class FileForm(forms.Form):
    """A report that somebody made by phone, letter or e-mail."""

    medium = forms.ChoiceField(
        label=gettext_lazy("It reached us by"), choices=Report.Medium.choices
    )
    what = forms.ChoiceField(label=gettext_lazy("What is wrong?"))
    account = forms.CharField(
        label=gettext_lazy("Identifier of the account"), max_length=40, required=False
    )
    name = forms.CharField(
        label=gettext_lazy("Name, if no account is known"), max_length=120, required=False
    )
    location = forms.CharField(
        label=gettext_lazy("Where it can be seen"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    statement = forms.CharField(
        label=gettext_lazy("What the reporter says"),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    attachments = files_field()
    contact_name = forms.CharField(
        label=gettext_lazy("Name of the reporter"), max_length=120, required=False
    )
    contact_email = forms.EmailField(
        label=gettext_lazy("E-mail of the reporter"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("The answer goes there."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the reporter"), choices=Language.choices
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        what: Any = self.fields["what"]
        what.choices = report_reasons.offered(channel=Report.Channel.STAFF, language=get_language())

    def clean_what(self) -> Reason:
        chosen = report_reasons.chosen(self.cleaned_data["what"], channel=Report.Channel.STAFF)
        if chosen is None:
            raise forms.ValidationError(_("Choose what comes closest."))
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        about, about_text = account_named(cleaned.get("account", ""), cleaned.get("name", ""))
        if cleaned.get("account") and about is None:
            self.add_error("account", _("There is no such account."))
        elif not (about or about_text or cleaned.get("location")) and not self.errors:
            raise forms.ValidationError(
                _("Say what it is about: an account, a name, or where it can be seen.")
            )
        return {**cleaned, "about": about, "about_text": about_text}


class FileReport(SevereAct):
    name = "file"
    label = gettext_lazy("File a report…")
    heading = gettext_lazy("File a report")
    explanation = gettext_lazy(
        "For somebody who called, wrote or came. Give them the receipt number: with it they "
        "follow the report."
    )
    confirm = gettext_lazy("File it")
    permission = "compliance.add_report"
    form_class = FileForm
    on_record = False
    dangerous = False
    needs_fresh_proof = False

    def perform(self, record: Any, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        made = reports.file(
            channel=Report.Channel.STAFF,
            kind=answers["what"].kind,
            policy=answers["what"].policy,
            statement=answers["statement"],
            about=answers["about"],
            about_text=answers["about_text"],
            location=answers["location"],
            reporter=Reporter(
                name=answers["contact_name"],
                email=answers["contact_email"],
                language=answers["language"],
            ),
            filed_by=actor,
            medium=answers["medium"],
            files=answers["attachments"],
            at=now(),
        )
        return Outcome(
            _("Filed. The receipt number is %(receipt)s.") % {"receipt": made.receipt},
            made=made,
        )


class TellForm(forms.Form):
    """The verdict, and the words for it in both languages."""

    verdict = forms.ChoiceField(label=gettext_lazy("What came of it"), choices=Verdict.choices)
    words_zh_hans = forms.CharField(
        label=gettext_lazy("What the reporter reads, in Chinese"),
        max_length=4_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "lang": "zh-Hans"}),
        help_text=gettext_lazy(
            "Left empty: our usual words for that verdict; the next step shows them."
        ),
    )
    words_en = forms.CharField(
        label=gettext_lazy("The same in English"),
        max_length=4_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "lang": "en"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "verdict" not in cleaned:
            return cleaned
        usual = report_letters.suggested(cleaned["verdict"])
        zh_hans = cleaned.get("words_zh_hans", "").strip()
        en = cleaned.get("words_en", "").strip()
        if bool(zh_hans) != bool(en):
            self.add_error(
                "words_en" if zh_hans else "words_zh_hans",
                _("Write both languages, or leave both empty for our usual words."),
            )
        label = dict(Verdict.choices)[cleaned["verdict"]]
        return {
            **cleaned,
            "words_zh_hans": zh_hans or usual.zh_hans,
            "words_en": en or usual.en,
            "reason": str(label),
        }


class TellReporter(SevereAct):
    """Shows what is sent before it is; on a selection each report has its own result."""

    name = "tell"
    label = gettext_lazy("Tell the reporter…")
    heading = gettext_lazy("Tell the reporter what came of it")
    explanation = gettext_lazy(
        "On the tracking page, and by inbox, e-mail and SMS as far as the reporter can be "
        "reached. Say nothing of measures against others."
    )
    confirm = gettext_lazy("Tell them")
    permission = "compliance.tell_reporter"
    form_class = TellForm
    on_selection = True
    dangerous = False
    needs_fresh_proof = False
    previews_answers = True

    def version(self, record: Report) -> str:
        latest = reports.latest_outcome(record)
        return f"{latest.pk if latest else 0}:{record.case.state}"

    def preview(self, record: Report) -> str:
        contact = report_reading.masked_contact(record)
        state = record.case.get_state_display()
        if contact.is_empty:
            return _(
                "The case is “%(state)s”. The reporter left no address: tracking page only."
            ) % {"state": state}
        return _("The case is “%(state)s”. Told to: %(contact)s") % {
            "state": state,
            "contact": contact,
        }

    def detail(self, record: Report, *, actor: Any, form: forms.Form) -> Detail | None:
        if not form.is_bound or not form.is_valid():
            return None
        words = [form.cleaned_data[name] for name in ("words_zh_hans", "words_en")]
        return Detail(
            html=format_html(
                '<blockquote lang="zh-Hans"><p>{}</p></blockquote>'
                '<blockquote lang="en"><p>{}</p></blockquote>',
                *words,
            ),
            pinned="\n".join([form.cleaned_data["verdict"], *words]),
        )

    def perform(self, record: Report, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        outcome = reports.tell(
            report=record,
            verdict=answers["verdict"],
            words_zh_hans=answers["words_zh_hans"],
            words_en=answers["words_en"],
            by=actor,
            at=now(),
        )
        return Outcome(
            _("The reporter is told: %(verdict)s.") % {"verdict": outcome.get_verdict_display()}
        )


class ShowContact(SevereAct):
    """Who reported, to who needs it, once, with the reason in the log."""

    name = "show_contact"
    label = gettext_lazy("Show who reported…")
    heading = gettext_lazy("Show who reported")
    explanation = gettext_lazy(
        "Reporters rely on not being known. Auditors read who looked, and why."
    )
    confirm = gettext_lazy("Show")
    permission = "compliance.read_report_contact"
    form_class = ReasonForm

    def offered(self, record: Report) -> bool:
        return bool(record.contact_name or record.contact_email or record.reporter_id)

    def preview(self, record: Report) -> str:
        return str(report_reading.masked_contact(record)) or _("The reporter left nothing.")

    def perform(self, record: Report, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        contact = report_reading.contact_of(record, reader=actor)
        return Outcome(_("Who reported, shown to you once:"), secret=str(contact) or "–")


ACTS: Sequence[SevereAct] = (FileReport(), TellReporter(), ShowContact())
