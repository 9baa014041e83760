"""The form a change is planned with: of a kind, only what that kind has."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.forms.models import ModelChoiceIterator, ModelFormMetaclass
from django.utils.translation import gettext_lazy as _

from accounts import agreements
from accounts.models import AgreementDocument, AgreementVersion, Clause
from common.admin.editing import EditionForm
from common.changes import AtOnce, KindOfChange, Scope, kinds_of_change
from common.clock import now
from notices.admin.audience_form import (
    MOST_ACCOUNTS,
    RULE_FIELDS,
    AudienceFields,
    audience_of,
    kept_help,
)
from notices.models import ServiceChange

LIMIT = "limit_"
# Fields of the record itself that people write, whatever the kind.
CONTENTS = (
    "title_zh_hans",
    "title_en",
    "service",
    "model",
    "region",
    "agreement_version",
    "clause",
    "reason_zh_hans",
    "reason_en",
    "effective_at",
    "ends_at",
    "at_once",
    "grounds",
    "generic_sms",
)
SCOPE_FIELDS = {Scope.SERVICE: "service", Scope.MODEL: "model", Scope.REGION: "region"}


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


def to_publish() -> QuerySet[AgreementVersion]:
    """Versions that are imported and not published: what an amendment may bring."""
    return AgreementVersion.objects.filter(publication=None).select_related("document")


class UsualFirst(ModelChoiceIterator):
    """The clauses a kind usually rests on, then the others, under headings."""

    def __iter__(self) -> Iterator[Any]:
        yield "", self.field.empty_label
        numbers = self.field.usual  # type: ignore[attr-defined]  # of a ClauseField
        clauses = list(self.queryset)
        for label, found in (
            (_("Usual for this kind"), [one for one in clauses if one.number in numbers]),
            (_("Others"), [one for one in clauses if one.number not in numbers]),
        ):
            if found:
                yield str(label), [self.choice(clause) for clause in found]


class ClauseField(forms.ModelChoiceField):
    iterator = UsualFirst
    usual: tuple[str, ...] = ()

    def label_from_instance(self, clause: Clause) -> str:
        return f"{clause.number} · {clause.version}"


class ServiceChangeForm(AudienceFields, EditionForm):
    """Everything people write of a change, and for whom it is. See `form_for`."""

    of_kind: KindOfChange

    kind = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = ServiceChange
        fields = CONTENTS
        field_classes = {"clause": ClauseField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        if instance is not None and instance.pk:
            limits = {LIMIT + metric: most for metric, most in instance.limits.items()}
            kwargs["initial"] = {
                **(kwargs.get("initial") or {}),
                **audience_of(instance),
                **limits,
            }
        super().__init__(*args, **kwargs)
        if clause := self.fields.get("clause"):
            self._offer_clauses(clause)
        if version := self.fields.get("agreement_version"):
            version.queryset = to_publish()  # type: ignore[attr-defined]
            version.required = True
        if grounds := self.fields.get("grounds"):
            grounds.required = self.of_kind.at_once is AtOnce.ALWAYS
        if self._too_many_to_show():
            self.fields["accounts_chosen"].help_text = kept_help(self.instance)

    def _offer_clauses(self, field: Any) -> None:
        usual = self.of_kind.clauses
        rank = Case(
            *(When(number=number, then=Value(place)) for place, number in enumerate(usual)),
            default=Value(len(usual)),
            output_field=IntegerField(),
        )
        field.usual = usual
        field.queryset = citable_clauses().order_by(rank, "version", "position")

    def shown_fields(self) -> list[str]:
        return [name for name in super().shown_fields() if name not in ("kind", "accounts_file")]

    def _too_many_to_show(self) -> bool:
        return bool(self.instance.pk) and self.instance.concerned_count > MOST_ACCOUNTS

    def keeps_accounts(self) -> bool:
        return self._too_many_to_show()

    def ids_kept(self) -> set[int]:
        if not self._too_many_to_show():
            return set()
        return set(self.instance.concerned.values_list("account_id", flat=True))

    def clean(self) -> Any:
        cleaned = super().clean()
        if self.cleaned_data.get("at_once") and not self.cleaned_data.get("grounds"):
            self.add_error("grounds", _("Write down why prior notice cannot be waited for."))
        begins = self.cleaned_data.get("effective_at") or now()
        ends = self.cleaned_data.get("ends_at")
        if ends and ends <= begins:
            self.add_error("ends_at", _("It has to end after it begins."))
        if self.of_kind.metrics and not self.limits() and not self._refused_limits():
            first = LIMIT + next(iter(self.of_kind.metrics))
            self.add_error(first, _("Set at least one limit."))
        return cleaned

    def _refused_limits(self) -> list[str]:
        return [name for name in self.errors if name.startswith(LIMIT)]

    def limits(self) -> dict[str, int]:
        """The most allowed by metric, of the metrics that were filled in."""
        filled = {metric: self.cleaned_data.get(LIMIT + metric) for metric in self.of_kind.metrics}
        return {metric: most for metric, most in filled.items() if most is not None}

    def contents(self) -> dict[str, Any]:
        """The fields of `ServiceChange` that this form says something about."""
        always = self.of_kind.at_once is AtOnce.ALWAYS
        written = {name: self.cleaned_data[name] for name in CONTENTS if name in self.fields}
        return {
            **written,
            **({"at_once": True, "effective_at": now()} if always else {}),
            "limits": self.limits(),
            "audience": self.cleaned_data.get("audience")
            or (ServiceChange.Audience.EVERYONE if self.of_kind.platform_wide else "chosen"),
            "rule": self.rule_json,
        }


def fieldsets_for(kind: KindOfChange) -> Any:
    """The parts of the form, each with only what the kind has."""
    scopes = [field for scope, field in SCOPE_FIELDS.items() if scope in kind.scopes]
    limits = [LIMIT + metric for metric in kind.metrics]
    amends = ["agreement_version"] if kind.amends else []
    what = ["kind_shown", "title_zh_hans", "title_en", *amends, *scopes, *limits, "clause"]
    when = {
        AtOnce.NEVER: ["effective_at"],
        AtOnce.ON_GROUNDS: ["effective_at", "at_once", "grounds"],
        AtOnce.ALWAYS: ["grounds"],
    }[AtOnce(kind.at_once)]
    if kind.may_end:
        when.insert(0 if kind.at_once is AtOnce.ALWAYS else 1, "ends_at")
    whom: list[str] = []
    if not kind.platform_wide:
        keys = ["keys_chosen"] if Scope.API_KEYS in kind.scopes else []
        whom = ["audience", "accounts_chosen", "accounts_file", *keys, *RULE_FIELDS]
    return (
        (_("What"), {"fields": tuple(what)}),
        (_("Why"), {"fields": ("reason_zh_hans", "reason_en")}),
        *([(_("Whom"), {"fields": tuple(whom), "classes": ("whom",)})] if whom else []),
        (_("When"), {"fields": tuple(when)}),
        (_("Texts"), {"fields": ("generic_sms",)}),
    )


def form_for(kind: KindOfChange, *, planned: bool) -> Any:
    """The form of a kind. `planned`: for a draft there is already, whose kind stays."""
    removed = [] if Scope.API_KEYS in kind.scopes else ["keys_chosen"]
    if planned:
        removed.append("kind")
    if kind.platform_wide:
        removed += ["audience", "accounts_chosen", "accounts_file", *RULE_FIELDS]
    limits = {
        LIMIT + metric: forms.IntegerField(
            label=str(label), min_value=1, max_value=10**12, required=False
        )
        for metric, label in kind.metrics.items()
    }
    return ModelFormMetaclass(
        "ServiceChangeForm",
        (ServiceChangeForm,),
        {"of_kind": kind, **dict.fromkeys(dict.fromkeys(removed)), **limits},
    )


def kind_called(name: str) -> KindOfChange | None:
    return kinds_of_change.get(name) if name in kinds_of_change else None
