"""Editing records that several people may have open at once.

The form carries the edition that was read and the values as shown, signed. Whoever
saves second gets the conflict page: field by field what they were shown, what was
saved meanwhile and what they typed. They choose and save again; if the record has
moved on once more, they get the page once more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.contrib.admin.utils import unquote
from django.core import signing
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from common.admin.base import DeskAdmin
from common.exceptions import EditedMeanwhile
from common.languages import listed

SALT = "common.admin.editing"
KEEP = "keep-"
MINE, THEIRS = "mine", "theirs"
OWN_FIELDS = ("edition_read", "values_read")

Plain = str | list[str]


class CarriedField(forms.CharField):
    """A hidden value that goes to the page and back; it never counts as an edit."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class EditionForm(forms.ModelForm[Any]):
    """Knows what the person was shown. `keep-<field>=theirs` leaves a field alone."""

    edition_read = CarriedField()
    values_read = CarriedField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            return
        self.initial["edition_read"] = self.instance.edition
        self.initial["values_read"] = signing.dumps(self.current_values(), salt=SALT)
        for name in self.shown_fields():
            if self.is_bound and self.data.get(KEEP + name) == THEIRS:
                self.fields[name].disabled = True

    def shown_fields(self) -> list[str]:
        return [name for name in self.fields if name not in OWN_FIELDS]

    def current_values(self) -> dict[str, Plain]:
        """The record's values now, as a person opening the form would see them."""
        return {
            name: plain(self.get_initial_for_field(self.fields[name], name))
            for name in self.shown_fields()
        }

    def values_as_read(self) -> dict[str, Plain]:
        try:
            values: dict[str, Plain] = signing.loads(self.data.get("values_read", ""), salt=SALT)
        except signing.BadSignature:
            return {}
        return values

    def edition_as_read(self) -> int:
        read = self.data.get("edition_read", "")
        # An edition is never 0: a form that does not say what it read conflicts.
        return int(read) if read.isascii() and read.isdigit() and len(read) < 10 else 0

    def differences(self) -> Iterator["Difference"]:
        """The fields in which shown, saved and typed are not all the same."""
        shown, theirs = self.values_as_read(), self.current_values()
        for name in self.shown_fields():
            typed = plain(self.cleaned_data.get(name))
            was = shown.get(name, theirs[name])
            if not was == theirs[name] == typed:
                yield Difference(self.fields[name], name, was, theirs[name], typed)

    def refuse_unresolved(self) -> None:
        """Raises `EditedMeanwhile` while a field both changed has not been decided."""
        for one in self.differences():
            if one.was != one.theirs != one.typed and self.data.get(KEEP + one.name) != MINE:
                raise EditedMeanwhile(_("Somebody else changed a field that you changed too."))


@dataclass(frozen=True)
class Difference:
    """One field of the conflict page."""

    field: forms.Field
    name: str
    was: Plain
    theirs: Plain
    typed: Plain

    @property
    def label(self) -> str:
        return str(self.field.label or self.name)

    @property
    def input_name(self) -> str:
        return KEEP + self.name

    @property
    def suggestion(self) -> str:
        """Whoever alone changed the field; `""` when both did and a person must say."""
        if self.typed in (self.was, self.theirs):
            return THEIRS
        return MINE if self.theirs == self.was else ""

    def words(self) -> Sequence[str]:
        return [words(self.field, value) for value in (self.was, self.theirs, self.typed)]


def plain(value: Any) -> Plain:
    """A value of a form field, reduced to what can be compared and carried."""
    if value is None:
        return ""
    if isinstance(value, models.Model):
        return str(value.pk)
    if isinstance(value, models.QuerySet | list | tuple | set):
        return sorted(str(plain(one)) for one in value)
    if isinstance(value, datetime):
        # Widgets drop microseconds; they must not look like an edit.
        aware = value if timezone.is_aware(value) else timezone.make_aware(value)
        return aware.astimezone(UTC).replace(microsecond=0).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("\r\n", "\n")


def words(field: forms.Field, value: Plain) -> str:
    """A plain value as a person reads it: labels for choices, names for records."""
    if isinstance(value, list):
        return listed(words(field, one) for one in value)
    if isinstance(field, forms.BooleanField):
        return _("yes") if value == "True" else _("no")
    if isinstance(field, forms.ModelChoiceField):
        found = field.queryset.filter(pk=value).first() if value and field.queryset else None
        return str(found or value)
    if isinstance(field, forms.ChoiceField):
        labels = {str(key): str(label) for key, label in field.widget.choices}
        return labels.get(value, value)
    if isinstance(field, forms.DateTimeField) and value:
        moment = timezone.localtime(datetime.fromisoformat(value))
        return formats.date_format(moment, "DATETIME_FORMAT")
    return value


class EditableAdmin(DeskAdmin):
    """For models on `common.models.Editable`. Inlines below it must be read-only:
    only the record's own fields are compared.
    """

    form = EditionForm

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        form.refuse_unresolved()
        obj.claim_edition(form.edition_as_read())
        obj.save(update_fields=[*self.written_fields(obj, form), "edition"])

    def written_fields(self, obj: Any, form: Any) -> list[str]:
        """The columns an edit writes: those edited, so that others stay as they are."""
        columns = {field.name for field in obj._meta.concrete_fields}
        return [name for name in form.changed_data if name in columns]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except EditedMeanwhile:
            return self.conflict_page(request, object_id or "")

    def conflict_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shown / saved / typed, field by field; what was typed goes along unseen."""
        record = self.get_object(request, unquote(object_id))
        if record is None:
            raise Http404
        edition = record.edition
        form = self.get_form(request, record, change=True)(
            request.POST, request.FILES, instance=record
        )
        name = str(record)
        form.is_valid()
        carried = [
            (key, value)
            for key, values in request.POST.lists()
            for value in values
            if key not in ("csrfmiddlewaretoken", "edition_read") and not key.startswith(KEEP)
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Somebody else saved this record meanwhile"),
            "record": name,
            "opts": self.opts,
            "differences": list(form.differences()),
            "carried": carried,
            "edition": edition,
            "latest": _latest(record),
        }
        return TemplateResponse(request, "desk/conflict.html", context, status=409)


def _latest(record: Any) -> Any:
    history = getattr(record, "history", None)
    return history.select_related("history_user").first() if history is not None else None
