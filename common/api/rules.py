"""What holds for every view of the API unless it says otherwise: nobody may."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

if TYPE_CHECKING:
    # REST framework loads this module while it loads its views.
    from rest_framework.views import APIView


class Nobody(BasePermission):
    """The default: a view that declares no permission is closed."""

    def has_permission(self, _request: Request, _view: "APIView") -> bool:
        return False


class AlwaysFirst(BaseContentNegotiation):
    """The API speaks one format, whatever the caller's Accept header says."""

    def select_parser(self, _request: Request, parsers: Iterable[Any]) -> Any:
        return next(iter(parsers), None)

    def select_renderer(
        self,
        _request: Request,
        renderers: Iterable[BaseRenderer],
        _format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type or ""
