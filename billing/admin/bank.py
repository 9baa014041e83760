"""Bank mappings, and statements: uploaded, looked at line by line, then booked."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import bank_imports
from billing.admin.columns import record_url
from billing.bank_imports import Verdict
from billing.bank_statements import MOST_BYTES
from billing.models import BankMapping, BankStatement
from billing.money import shown
from common.admin import EditableAdmin, EvidenceAdmin, Headline, Outcome, SevereAct, mono, pill
from common.clock import now
from common.exceptions import BackOfficeError

MOST_SHOWN = 200
TONES = {
    Verdict.BOOKED: "good",
    Verdict.DUPLICATE: "quiet",
    Verdict.OUTGOING: "quiet",
    Verdict.REFUSED: "bad",
}


@admin.register(BankMapping)
class BankMappingAdmin(EditableAdmin):
    list_display = ["name", "bank_account", "delimiter", "date_format", "decimal_style"]
    fieldsets = [
        (None, {"fields": ["name", "bank_account", "delimiter", "lines_before"]}),
        (
            gettext_lazy("Columns, as headed in the file"),
            {
                "fields": [
                    "date_column",
                    "date_format",
                    "amount_column",
                    "credit_column",
                    "debit_column",
                    "decimal_style",
                    "payer_name_column",
                    "payer_account_column",
                    "reference_column",
                    "serial_column",
                ]
            },
        ),
    ]

    def get_readonly_fields(self, request, obj=None):
        # What tells payments apart counts per bank account, for ever.
        return ["bank_account"] if obj else []


class UploadForm(forms.Form):
    """A file of the bank, and how to read it."""

    mapping = forms.ModelChoiceField(
        label=gettext_lazy("bank mapping"), queryset=BankMapping.objects.all()
    )
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy("In UTF-8 or GB18030, 10 MB at most. Nothing is booked yet."),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The file is larger than 10 MB. Ask the bank for fewer days.")
            )
        return file


class Upload(SevereAct):
    name = "upload"
    label = gettext_lazy("Upload a statement…")
    heading = gettext_lazy("Upload a bank's statement")
    explanation = gettext_lazy("Next you see every line and what would become of it.")
    confirm = gettext_lazy("Upload")
    permission = "billing.request_postingrequest"
    form_class = UploadForm
    on_record = False
    dangerous = False

    def perform(self, record, *, actor, answers):
        file = answers["file"]
        statement = bank_imports.upload(
            mapping=answers["mapping"],
            content=file.read(),
            file_name=file.name,
            uploaded_by=actor,
            at=now(),
        )
        return Outcome(
            _("Uploaded. Look at the lines, then book them."),
            made=statement,
            url=record_url(statement),
        )


class Book(SevereAct):
    name = "book"
    label = gettext_lazy("Book the lines…")
    heading = gettext_lazy("Book a bank's statement")
    explanation = gettext_lazy("What was booked stays. A line that is known already is left out.")
    confirm = gettext_lazy("Book")
    permission = "billing.request_postingrequest"
    form_class = forms.Form
    dangerous = False

    def offered(self, statement):
        return not hasattr(statement, "booked")

    def preview(self, statement):
        counts = counted(bank_imports.judged(statement, at=now()))
        return _(
            "%(booked)d lines, CNY %(sum)s, are booked as money not matched yet; "
            "%(duplicate)d are known already, %(outgoing)d are money out, %(refused)d are refused."
        ) % {**counts, "sum": shown(counts["sum"])}

    def perform(self, statement, *, actor, answers):
        done = bank_imports.book(statement=statement, imported_by=actor, at=now())
        return Outcome(_("%d lines are booked.") % done.receipts)


def counted(lines):
    """How many lines there are of each verdict, and the sum of those to be booked."""
    counts: dict[str, int] = {
        verdict.value: sum(one.verdict is verdict for one in lines) for verdict in Verdict
    }
    counts["sum"] = sum(one.line.amount for one in lines if one.verdict is Verdict.BOOKED)
    return counts


@admin.register(BankStatement)
class BankStatementAdmin(EvidenceAdmin):
    change_form_template = "admin/billing/bankstatement/change_form.html"
    list_display = ["file_name", "mapping", "lines", "standing", "uploaded_by", "recorded_at"]
    list_select_related = ["mapping", "uploaded_by", "booked"]
    list_filter = ["mapping"]
    ordering = ["-pk"]
    fields = ["file_name", "mapping", "lines", "hash", "uploaded_by", "recorded_at"]
    readonly_fields = ["hash"]
    severe_acts = [Upload(), Book()]

    @admin.display(description=gettext_lazy("SHA-256"))
    def hash(self, statement):
        return mono(statement.sha256)

    @admin.display(description=gettext_lazy("state"))
    def standing(self, statement):
        return pill(*standing_of(statement))

    def headline(self, statement):
        return Headline(pills=[standing_of(statement)], facts=[statement.mapping])

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args, **kwargs):
        statement = kwargs.get("obj")
        if statement is not None:
            context.update(_lines_of(statement))
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response


def standing_of(statement: BankStatement) -> tuple[str, str]:
    """Whether it was booked, as a word and a tone."""
    if hasattr(statement, "booked"):
        return _("booked"), "good"
    return _("not booked"), "warn"


def _lines_of(statement: BankStatement) -> dict[str, Any]:
    """What was booked, or what would be; refused lines first, for they want attention."""
    if hasattr(statement, "booked"):
        receipts = statement.receipts.order_by("line")[:MOST_SHOWN]
        return {"booked": statement.booked, "receipts": receipts, "most_shown": MOST_SHOWN}
    try:
        lines = bank_imports.judged(statement, at=now())
    except BackOfficeError as refusal:
        return {"refusal": refusal}
    lines.sort(key=lambda one: one.verdict is not Verdict.REFUSED)
    return {
        "judged": [(one, TONES[one.verdict]) for one in lines[:MOST_SHOWN]],
        "counts": counted(lines),
        "most_shown": MOST_SHOWN,
    }
