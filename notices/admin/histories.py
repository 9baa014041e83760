"""The page of one person's whole history, below the list of notices."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from common.admin.evidence import EvidenceAdmin
from notices.histories import history_of, letters_to
from notices.models import ServiceChange


def history_url(person: User, change: ServiceChange | None = None) -> str:
    """The page of that person, of one change only if given."""
    address = reverse("admin:notices_notice_person", args=[person.public_id])
    return f"{address}?change={change.public_id}" if change else address


class WithHistories(EvidenceAdmin):
    """Mixed into the admin of notices: the address of the page."""

    def get_urls(self) -> list[URLPattern]:
        view = require_safe(self._history_page)
        return [
            path(
                "person/<str:public_id>/",
                self.admin_site.admin_view(view),
                name="notices_notice_person",
            ),
            *super().get_urls(),
        ]

    def _history_page(self, request: HttpRequest, public_id: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        person = User.objects.filter(public_id=public_id).first()
        if person is None:
            raise Http404
        wanted = request.GET.get("change", "").replace("\x00", "")
        change = ServiceChange.objects.filter(public_id=wanted).first() if wanted else None
        if wanted and change is None:
            raise Http404
        below = request.GET.get("before", "")
        before = int(below) if below.isascii() and below.isdigit() and len(below) < 19 else None
        # Beside the newest notices; letters are about no change.
        beside = change is None and before is None
        reader: Any = request.user
        letters, more_letters = letters_to(person, reader=reader) if beside else ((), False)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("What %s was told") % person,
            "opts": self.opts,
            "person": person,
            "of_change": change,
            "history": history_of(person, change=change, before=before),
            "letters": letters,
            "more_letters": more_letters,
            "whole": history_url(person),
            "sees_deliveries": request.user.has_perm("notices.view_delivery"),
        }
        return TemplateResponse(request, "admin/notices/notice/person.html", context)
