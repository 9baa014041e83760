"""Refusals of the API, all in one shape: RFC 9457 `application/problem+json`.

    {"type": "/api/v1/docs/#invalid", "title": "…", "status": 400, "code": "invalid",
     "detail": "…", "errors": [{"parameter": "service", "detail": "…"}]}

`code` is for programs and never renamed; `title` and `detail` are for people, in the
language asked for. `errors` is there for `invalid` only.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.encoding import force_str
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from common.exceptions import BackOfficeError

log = structlog.get_logger(__name__)

DOCS = "/api/v1/docs/"
MEDIA_TYPE = "application/problem+json"

TITLES: Mapping[str, str | Promise] = {
    "invalid": _("The question cannot be understood"),
    "refused": _("This is refused"),
    "unauthenticated": _("A valid service token is needed"),
    "forbidden": _("The service token may not be used for this"),
    "not_found": _("There is nothing at this address"),
    "gone": _("What was asked for is kept no more"),
    "method_not_allowed": _("This method is not known here"),
    "too_many_requests": _("Too many requests"),
    "unavailable": _("The back office cannot answer now"),
    "failed": _("The back office failed"),
}

_CODES = {
    400: "invalid",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    410: "gone",
    429: "too_many_requests",
    503: "unavailable",
}


def problem(
    status: int,
    code: str,
    detail: str | Promise,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A refusal as a response. `code` is one of `TITLES`."""
    body: dict[str, Any] = {
        "type": f"{DOCS}#{code}",
        "title": force_str(TITLES[code]),
        "status": status,
        "code": code,
        "detail": force_str(detail),
    }
    if errors is not None:
        body["errors"] = errors
    return Response(
        body,
        status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        content_type=MEDIA_TYPE,
    )


def handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: every error a view raises becomes a problem."""
    if isinstance(error, BackOfficeError):
        return problem(409, "refused", str(error))
    if isinstance(error, (OperationalError, InterfaceError)):
        log.warning("api_without_database", error=type(error).__name__)
        return problem(
            503, "unavailable", _("Ask again in a moment."), headers={"Retry-After": "2"}
        )
    if isinstance(error, RequestDataTooBig):
        return problem(413, "invalid", _("The body is too large: send it in several parts."))
    # DRF's own handler knows the headers and rolls the transaction back.
    known = exception_handler(error, dict(context))
    if known is None:
        log.exception("api_failed", exc_info=error)
        got_request_exception.send(sender=handler, request=context["request"]._request)
        return problem(500, "failed", _("This was noted. Ask again later."))
    code = _CODES.get(known.status_code, "invalid")
    if isinstance(error, exceptions.ValidationError):
        return problem(
            400, code, _("See “errors”, by parameter."), errors=_by_parameter(error.detail)
        )
    return problem(known.status_code, code, _detail(error), headers=dict(known.headers))


def _detail(error: Exception) -> str | Promise:
    if isinstance(error, Http404):
        return _("Check the address against the documentation.")
    if isinstance(error, PermissionDenied):
        return _("Ask for a token with the scope that the documentation names.")
    return force_str(getattr(error, "detail", ""))


def _by_parameter(detail: Any) -> list[dict[str, str]]:
    named = detail if isinstance(detail, Mapping) else {"": detail}
    return [
        {"parameter": "" if name == "non_field_errors" else name, "detail": force_str(sentence)}
        for name, sentences in named.items()
        for sentence in (sentences if isinstance(sentences, list) else [sentences])
    ]
