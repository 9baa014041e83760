"""The root of the API: every app's part, the OpenAPI document, a page to read it."""

from typing import Any

from django.http import Http404
from django.urls import include, path, re_path
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from apiqik_backoffice.api_page import docs


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


urlpatterns = [
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("billing.api.urls")),
    path("v1/", include("compliance.api.urls")),
    path("v1/", include("compliance.api.order_urls")),
    path("v1/schema/", SchemaView.as_view(), name="api_schema"),
    path("v1/docs/", docs, name="api_docs"),
    re_path("", NothingHere.as_view()),
]
