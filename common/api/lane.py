"""The way of machines through the middleware: for addresses that no browser asks for.

A gateway asks about access with every call of a customer. It has no session, no cookies,
no form and no personal language, so what looks after these is left out for it, and a
decision leaves no line in the log; a refusal does.
"""

from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

log = structlog.get_logger(__name__)

Handler = Callable[[HttpRequest], HttpResponse]


class MachineHandler(BaseHandler):
    """Django's own handler with `settings.MACHINE_MIDDLEWARE` around the views."""

    def load_middleware(self, is_async: bool = False) -> None:
        # Those hooks of middleware that run around a view; none of ours has them.
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler: Any = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for path in reversed(settings.MACHINE_MIDDLEWARE):
            handler = convert_exception_to_response(import_string(path)(handler))
        self._middleware_chain = handler


class MachineLane:
    """The outermost middleware: `settings.MACHINE_PATHS` go the short way."""

    def __init__(self, get_response: Handler) -> None:
        self.everybody = get_response
        handler = MachineHandler()
        handler.load_middleware()
        self.machines: Handler = handler._middleware_chain

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in settings.MACHINE_PATHS:
            return self.everybody(request)
        response = self.machines(request)
        if response.status_code >= 400:
            # Without the question: it may hold what is personal.
            log.info("request_refused", code=response.status_code, path=request.path_info)
        return response
