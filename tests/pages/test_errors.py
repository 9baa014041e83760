"""Wrong addresses and broken things are answered in words."""

import pytest
from django.test import Client
from django.urls import path

from apiqik_backoffice import urls


def break_down(request):
    raise RuntimeError("broken")


urlpatterns = [*urls.urlpatterns, path("broken/", break_down)]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_wrong_address_gets_a_page_in_the_visitors_language(client, db, language):
    answer = client.get("/no/such/page", headers={"Accept-Language": language})
    assert answer.status_code == 404
    assert answer.headers["Content-Language"] == language
    assert b"<h1>" in answer.content


@pytest.mark.urls(__name__)
def test_a_breakdown_shows_both_languages_and_no_innards(db):
    answer = Client(raise_request_exception=False).get("/broken/")
    assert answer.status_code == 500
    assert answer.content.count(b"<section") == 2
    assert b"RuntimeError" not in answer.content


def test_a_form_without_its_token_is_explained(db):
    answer = Client(enforce_csrf_checks=True).post("/language/", {"language": "en"})
    assert answer.status_code == 403
    assert b"card" in answer.content or b"<h1>" in answer.content


@pytest.mark.parametrize(
    "address", ["/account/acc_%00/", "/inbox/%F0%9F%92%A9/", "/agreements/%ff/"]
)
def test_strange_addresses_are_not_found(client, person, address):
    client.force_login(person)
    assert client.get(address).status_code == 404
