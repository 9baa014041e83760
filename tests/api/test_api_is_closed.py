"""No view of the API is open by accident, and its document says what is so."""

import json

import pytest
from django.core.management import call_command
from django.urls import URLPattern, get_resolver
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from accounts.api.authentication import HasScope, ServiceToken
from accounts.models import ServiceClient
from apiqik_backoffice.api import NothingHere
from apiqik_backoffice.api_page import docs

PUBLIC = {"SchemaView", "NothingHere"}


def patterns_below(patterns, prefix=""):
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield address, pattern.callback
        else:
            yield from patterns_below(pattern.url_patterns, address)


def views():
    every = patterns_below(get_resolver().url_patterns)
    api = [(address, view) for address, view in every if address.startswith("api/")]
    assert len(api) >= 4
    return [(address, getattr(view, "cls", view)) for address, view in api]


@pytest.mark.parametrize(("address", "view"), views())
def test_every_view_declares_who_may_call_it(address, view):
    if view is docs:
        return
    assert issubclass(view, APIView)
    assert {"authentication_classes", "permission_classes"} <= vars(view).keys()
    if view.__name__ in PUBLIC:
        assert view.permission_classes == [AllowAny]
    else:
        assert view.authentication_classes == [ServiceToken]
        assert view.permission_classes == [HasScope]
        assert view.required_scope in ServiceClient.Scope.values


def test_only_the_document_and_the_fallback_are_public():
    public = {view for _address, view in views() if getattr(view, "__name__", "") in PUBLIC}

    assert len(public) == len(PUBLIC)
    assert NothingHere in public
    assert any(issubclass(view, SpectacularAPIView) for view in public)


def test_a_view_that_declares_nothing_is_closed(rf):
    class Forgotten(APIView):
        def get(self, _request):
            raise AssertionError("reached")

    assert Forgotten.as_view()(rf.get("/")).status_code in (401, 403)


def test_the_document_is_valid_openapi(capsys):
    call_command("spectacular", validate=True, fail_on_warn=True, format="openapi-json")

    document = json.loads(capsys.readouterr().out)
    operation = document["paths"]["/api/v1/access"]["get"]
    assert operation["security"] == [{"serviceToken": []}]
    assert {p["name"] for p in operation["parameters"]} == {
        "account",
        "key_digest",
        "organization",
        "service",
        "model",
        "region",
    }


def test_the_document_and_its_page_are_public(client, db):
    assert client.get("/api/v1/schema/").json()["openapi"].startswith("3.")
    page = client.get("/api/v1/docs/")

    assert page.status_code == 200
    body = page.content.decode()
    assert "GET /api/v1/access" in body
    assert "service_not_allowed" in body
    assert "POST /api/v1/uses" in body
    assert "uses.used_at" in body
    assert "POST /api/v1/charges" in body
    assert "charges.quantities" in body
    assert "in_the_future" in body
    assert "<style" not in body
    assert " style=" not in body
