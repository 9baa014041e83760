"""Admins of records that nobody may change: what is shown is what was written."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from common.admin.base import DeskAdmin

if TYPE_CHECKING:
    _TabularInline = admin.TabularInline[Any, Any]
else:
    _TabularInline = admin.TabularInline


class EvidenceAdmin(DeskAdmin):
    """Read-only for everybody, superusers included."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EvidenceInline(_TabularInline):
    """Rows below a record, read-only. Shows at most `MOST_ROWS` of them."""

    MOST_ROWS = 100
    extra = 0
    can_delete = False
    show_change_link = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields or ()

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).order_by("-pk")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        most = self.MOST_ROWS

        class Bounded(formset):  # type: ignore[misc,valid-type]
            def get_queryset(self) -> Any:
                # The parent filters by the foreign key; only then may it be sliced.
                if not hasattr(self, "_bounded"):
                    self._bounded = super().get_queryset()[:most]
                return self._bounded

        return Bounded

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
