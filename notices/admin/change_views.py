"""Addresses below a change: its progress as a fragment, its accounts as a file, and the
earliest moment taken over from the dry run."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.clock import now
from common.exceptions import EditedMeanwhile
from notices.admin.change_page import progress_context
from notices.models import ServiceChange
from notices.readiness import earliest_for_all

# Rows fetched at a time, so that a million stay out of memory.
FETCHED = 5_000
FORMULA = tuple("=+-@\t\r")


def urls_of(model_admin: Any) -> list[URLPattern]:
    """The addresses, each closed to those who may not see the change."""
    return [
        _url(model_admin, "progress", require_safe(_progress)),
        _url(model_admin, "accounts.csv", require_safe(_accounts)),
        _url(model_admin, "use-earliest", require_POST(_use_earliest)),
    ]


def _url(model_admin: Any, name: str, view: Callable[..., HttpResponseBase]) -> URLPattern:
    def found(request: HttpRequest, object_id: str) -> HttpResponseBase:
        change = model_admin.get_object(request, unquote(object_id))
        if change is None:
            raise Http404
        if not model_admin.has_view_permission(request, change):
            raise PermissionDenied
        return view(request, change=change, model_admin=model_admin)

    return path(
        f"<path:object_id>/{name}",
        model_admin.admin_site.admin_view(found),
        name=f"notices_servicechange_{name.replace('.', '_').replace('-', '_')}",
    )


def _progress(request: HttpRequest, *, change: ServiceChange, model_admin: Any) -> HttpResponse:
    """The live part of the page alone, for the script that keeps it up to date."""
    return TemplateResponse(request, "notices/watching.html", progress_context(change))


def _accounts(
    request: HttpRequest, *, change: ServiceChange, model_admin: Any
) -> StreamingHttpResponse:
    """Identifiers and references of the accounts written down, to be edited and uploaded."""
    rows = change.concerned.order_by("account_id").values_list(
        "account__public_id", "account__external_ref"
    )

    def lines() -> Iterator[str]:
        yield "account_id,external_ref\r\n"
        for public_id, reference in rows.iterator(chunk_size=FETCHED):
            yield f"{public_id},{_cell(reference or '')}\r\n"

    return StreamingHttpResponse(
        lines(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{change.public_id}.csv"'},
    )


def _cell(text: str) -> str:
    """A CSV cell that no spreadsheet takes for a formula."""
    escaped = f"'{text}" if text.startswith(FORMULA) else text
    return '"' + escaped.replace('"', '""') + '"'


def _use_earliest(request: HttpRequest, *, change: ServiceChange, model_admin: Any) -> HttpResponse:
    """Plans the draft for the earliest moment at which all of its accounts can be told."""
    if not model_admin.has_change_permission(request, change):
        raise PermissionDenied
    earliest = earliest_for_all(change, at=now())
    read = request.POST.get("edition", "")
    message = _("Planned for the earliest possible moment.")
    if earliest is None or (change.ends_at is not None and change.ends_at <= earliest):
        messages.error(request, _("It would be over before it begins. Change “until” first."))
    else:
        try:
            with transaction.atomic():
                change.claim_edition(int(read) if read.isascii() and read.isdigit() else 0)
                change.effective_at = earliest
                change.save(update_fields=["effective_at"])
                model_admin.log_change(request, change, message)
        except EditedMeanwhile as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, message)
    return HttpResponseRedirect(reverse("admin:notices_servicechange_change", args=[change.pk]))
