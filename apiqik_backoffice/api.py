"""The root of the API: every app's part, the OpenAPI document, a page to read it."""

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path, re_path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from common.api.problems import TITLES


class SchemaView(SpectacularAPIView):
    """The OpenAPI document. Public: it says what may be asked, not what is so."""

    authentication_classes = []
    permission_classes = [AllowAny]
    renderer_classes = [OpenApiJsonRenderer]


class NothingHere(APIView):
    """Any other address below /api/: a problem, not a page."""

    authentication_classes = []
    permission_classes = [AllowAny]

    schema = None

    def initial(self, request: Request, *_args: Any, **_kwargs: Any) -> None:
        raise Http404


def docs(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document as a page that needs no script."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    components = schema["components"]["schemas"]
    operations = [
        {
            "method": method.upper(),
            "path": address,
            "answer": list(_fields(operation["responses"]["200"], components)),
            "body": list(_fields(operation.get("requestBody"), components)),
            **operation,
        }
        for address, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return render(
        request,
        "api/docs.html",
        {"schema": schema, "operations": operations, "problems": TITLES.items()},
    )


def _fields(message: dict[str, Any] | None, components: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Name, values and meaning of each field of a body or an answer; of a list, its items'."""
    if message is None:
        return
    content = next(iter(message["content"].values()))
    for name, field in _resolve(content["schema"], components).get("properties", {}).items():
        resolved = _resolve(field, components)
        resolved = _resolve(resolved["items"], components) if "items" in resolved else resolved
        yield {
            "name": name,
            "values": resolved.get("enum", []),
            "fields": [f"{name}.{inner}" for inner in resolved.get("properties", [])],
            "format": resolved.get("format", ""),
            "description": field.get("description", ""),
        }


def _resolve(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, behind references, “or null” and a description beside it."""
    for wrapper in ("oneOf", "allOf"):
        schema = schema[wrapper][0] if wrapper in schema else schema
    reference = schema.get("$ref", "").rpartition("/")[2]
    resolved: dict[str, Any] = components[reference] if reference else schema
    return resolved


urlpatterns = [
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("billing.api.urls")),
    path("v1/", include("compliance.api.urls")),
    path("v1/", include("compliance.api.order_urls")),
    path("v1/schema/", SchemaView.as_view(), name="api_schema"),
    path("v1/docs/", docs, name="api_docs"),
    re_path("", NothingHere.as_view()),
]
