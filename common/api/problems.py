"""Refusals of the API, all in one shape: RFC 9457 `application/problem+json`.

    {"type": "/api/v1/docs/#invalid", "title": "…", "status": 400, "code": "invalid",
     "detail": "…",
     "errors": [{"parameter": "evidence.0.count", "code": "min_value", "detail": "…"}]}

`code` is for programs and never renamed; `title` and `detail` are for people, in the
language asked for. `errors` says field by field what is wrong, for `invalid`, `unknown` and
`content`: `parameter` names what is in an address, or leads to the field of a body.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
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

from common.api.declared import shown
from common.exceptions import BackOfficeError

log = structlog.get_logger(__name__)

DOCS = "/api/v1/docs/"
MEDIA_TYPE = "application/problem+json"

TITLES: Mapping[str, str | Promise] = {
    "invalid": _("The question cannot be understood"),
    "unknown": _("Something that is named does not exist"),
    "content": _("Content of requests is never sent"),
    "refused": _("This is refused"),
    "key_taken": _("The key was used for something else"),
    "too_large": _("The body is too large"),
    "too_slow": _("The body took too long"),
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
    408: "too_slow",
    410: "gone",
    429: "too_many_requests",
    503: "unavailable",
}
# Of one refusal: whoever sends nonsense by the thousand needs no list of it.
MOST_ERRORS = 100
MOST_OF_A_DETAIL = 300


class Unprocessable(exceptions.APIException):
    """Well formed, and yet it cannot be taken: `errors` are sentences by parameter."""

    status_code = 422
    problem_code = "unknown"

    def __init__(self, errors: Mapping[str, list[Any]]) -> None:
        super().__init__()
        self.errors = errors


class UnknownHere(Unprocessable):
    """What a field names does not exist: `UnknownHere({"account": […]})`."""


class ContentIsSent(Unprocessable):
    """A field holds what looks like content of requests (3.6.1)."""

    problem_code = "content"


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
        return problem(409, error.code, str(error))
    if isinstance(error, (OperationalError, InterfaceError)):
        log.warning("api_without_database", error=type(error).__name__)
        return problem(
            503, "unavailable", _("Ask again in a moment."), headers={"Retry-After": "2"}
        )
    if isinstance(error, RequestDataTooBig):
        return problem(413, "too_large", _("The body is too large: send it in several parts."))
    # DRF's own handler knows the headers and rolls the transaction back.
    known = exception_handler(error, dict(context))
    if known is None:
        log.exception("api_failed", exc_info=error)
        got_request_exception.send(sender=handler, request=context["request"]._request)
        return problem(500, "failed", _("This was noted. Ask again later."))
    status = known.status_code
    if isinstance(error, exceptions.ValidationError):
        return _field_by_field(status, "invalid", error.detail)
    if isinstance(error, Unprocessable):
        return _field_by_field(status, error.problem_code, error.errors)
    code = _CODES.get(status, "invalid")
    return problem(status, code, _detail(error), headers=dict(known.headers))


def _field_by_field(status: int, code: str, detail: Any) -> Response:
    errors = list(islice(_by_parameter(detail, code), MOST_ERRORS))
    return problem(status, code, _("See “errors”, by parameter."), errors=errors)


def _detail(error: Exception) -> str | Promise:
    if isinstance(error, Http404):
        return _("Check the address against the documentation.")
    if isinstance(error, PermissionDenied):
        return _("Ask for a token with the scope that the documentation names.")
    return force_str(getattr(error, "detail", ""))


def _by_parameter(detail: Any, code: str, at: tuple[str, ...] = ()) -> Iterator[dict[str, str]]:
    """Every sentence with the way to the field that it is about; `code` where it has none."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            here = () if name == "non_field_errors" else (shown(name),)
            yield from _by_parameter(inner, code, (*at, *here))
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            deeper = isinstance(inner, Mapping | list)
            yield from _by_parameter(inner, code, (*at, str(number)) if deeper else at)
    else:
        yield {
            "parameter": ".".join(at),
            "code": getattr(detail, "code", code),
            "detail": _repeatable(detail),
        }


def _repeatable(sentence: Any) -> str:
    """Sentences may quote what was sent, which need not be text nor short."""
    text = force_str(sentence).encode(errors="replace").decode()
    return text if len(text) <= MOST_OF_A_DETAIL else f"{text[:MOST_OF_A_DETAIL]}…"
