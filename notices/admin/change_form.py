"""The form a change is planned with."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import agreements
from accounts.models import Account, AgreementDocument, AgreementVersion, Clause
from common.admin.editing import EditionForm
from common.changes import kinds_of_change
from notices.models import ServiceChange

MOST_ACCOUNTS = 5000


def citable_clauses() -> QuerySet[Clause]:
    """Clauses of the published versions in force that have not been severed."""
    current = [
        version.pk
        for document in AgreementDocument.objects.all()
        if (version := AgreementVersion.objects.current(document.slug))
    ]
    clauses = Clause.objects.none()
    for version in AgreementVersion.objects.filter(pk__in=current):
        clauses = clauses | agreements.citable(version)
    return clauses.select_related("version__document")


class ClauseField(forms.ModelChoiceField):
    def label_from_instance(self, clause: Clause) -> str:
        return f"{clause.number} · {clause.version}"


class ServiceChangeForm(EditionForm):
    """Everything people write of a change, and for whom it is."""

    kind = forms.ChoiceField(label=_("kind"))
    accounts_chosen = forms.CharField(
        label=_("accounts"),
        widget=forms.Textarea(attrs={"rows": 6, "class": "mono"}),
        help_text=_("One identifier a line, such as acc_7k2m…. Paste as many as you need."),
    )

    class Meta:
        model = ServiceChange
        fields = (
            "kind",
            "title_zh_hans",
            "title_en",
            "service",
            "clause",
            "reason_zh_hans",
            "reason_en",
            "effective_at",
            "ends_at",
            "at_once",
            "grounds",
        )
        field_classes = {"clause": ClauseField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        if instance is not None and instance.pk:
            kwargs["initial"] = {
                **(kwargs.get("initial") or {}),
                "accounts_chosen": "\n".join(
                    instance.accounts.order_by("pk").values_list("public_id", flat=True)
                ),
            }
        super().__init__(*args, **kwargs)
        kind, clause = self.fields.get("kind"), self.fields.get("clause")
        if isinstance(kind, forms.ChoiceField):
            kind.choices = [(one.name, one.label) for one in kinds_of_change]
        if isinstance(clause, forms.ModelChoiceField):
            clause.queryset = citable_clauses()

    def clean_accounts_chosen(self) -> str:
        """Looks every identifier up. Unknown ones are refused by line, all at once."""
        written = [
            (line, name.strip())
            for line, name in enumerate(self.cleaned_data["accounts_chosen"].splitlines(), start=1)
            if name.strip()
        ]
        if len(written) > MOST_ACCOUNTS:
            raise ValidationError(
                _("%(count)d lines: choose at most %(most)d accounts here."),
                params={"count": len(written), "most": MOST_ACCOUNTS},
            )
        names = {name for _line, name in written if re.fullmatch(r"acc_[0-9a-z]{1,28}", name)}
        found = {
            account.public_id: account for account in Account.objects.filter(public_id__in=names)
        }
        unknown = [
            ValidationError(
                _("Line %(line)d: there is no account “%(name)s”."),
                params={"line": line, "name": name[:40]},
            )
            for line, name in written
            if name not in found
        ]
        if unknown:
            raise ValidationError(unknown[:20])
        self.accounts = list(found.values())
        return "\n".join(account.public_id for account in self.accounts)

    def clean(self) -> Any:
        cleaned = super().clean()
        if self.cleaned_data.get("at_once") and not self.cleaned_data.get("grounds"):
            self.add_error("grounds", _("Write down why prior notice cannot be waited for."))
        begins, ends = self.cleaned_data.get("effective_at"), self.cleaned_data.get("ends_at")
        if begins and ends and ends <= begins:
            self.add_error("ends_at", _("It has to end after it begins."))
        return cleaned
