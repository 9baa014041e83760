"""What admins of records that hang on a case have in common: who may see which."""

from typing import Any, ClassVar

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from compliance.models import Case


class OfCases:
    """Mixed into an admin: records of confidential cases are there for those who may see
    such cases, and for nobody else."""

    path_to_case: ClassVar[str] = "case"

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)  # type: ignore[misc]
        if request.user.has_perm("compliance.see_confidential_case"):
            return rows
        return rows.filter(**{f"{self.path_to_case}__confidential": False})

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        if not (object_id.isascii() and object_id.isdigit() and len(object_id) < 19):
            return None
        return super().get_object(request, object_id, from_field)  # type: ignore[misc]


def case_link(case: Case) -> SafeString:
    """The case's title, leading to its page."""
    address = reverse("admin:compliance_case_change", args=[case.pk])
    return format_html('<a href="{}">{}</a>', address, case.title)
