"""Filters that narrow a list to one change. The change is named by whoever links here: no
list of all changes is offered."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from notices.models import ServiceChange


class OfChangeFilter(admin.SimpleListFilter):
    """For records with a `change`; subclasses say where theirs is."""

    title = _("change")
    parameter_name = "change__id__exact"

    def lookups(self, request: Any, model_admin: Any) -> Any:
        wanted = request.GET.get(self.parameter_name, "")
        numbered = wanted.isascii() and wanted.isdigit() and len(wanted) < 19
        chosen = ServiceChange.objects.filter(pk=wanted) if numbered else []
        return [(str(change.pk), str(change)) for change in chosen]

    def queryset(self, request: Any, queryset: Any) -> Any:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class ExpandedChangeFilter(OfChangeFilter):
    parameter_name = "expansion__change__id__exact"


class NotifiedChangeFilter(OfChangeFilter):
    parameter_name = "notice__expansion__change__id__exact"
