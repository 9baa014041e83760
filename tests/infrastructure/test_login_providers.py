"""LOGIN_PROVIDERS: what is refused at the start, in words that name the place and no secret."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from apiqik_backoffice.settings.login_providers import (
    allauth_settings,
    form_origins,
    login_providers,
)

GOOD = {
    "id": "acme",
    "name": "Acme",
    "client_id": "apiqik",
    "secret": "a-secret",
    "server_url": "https://id.acme.example/realm/",
}


def test_what_is_not_said_has_defaults():
    [found] = login_providers([GOOD])
    assert found["scopes"] == ["openid"]
    assert found["server_url"] == "https://id.acme.example/realm"
    assert form_origins([found]) == ["https://id.acme.example"]
    [app] = allauth_settings([found])["openid_connect"]["APPS"]
    assert app["settings"]["fetch_userinfo"] is False
    assert login_providers([]) == []


def test_several_are_told_apart():
    two = login_providers([GOOD, {**GOOD, "id": "other"}])
    assert [one["id"] for one in two] == ["acme", "other"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"id": ""}, "“id”"),
        ({"id": "Acme Ltd"}, "an id is"),
        ({"id": "openid_connect"}, "an id is"),
        ({"secret": 7}, "“secret”"),
        ({"server_url": "http://id.acme.example"}, "https"),
        ({"server_url": "https://user@id.acme.example"}, "https"),
        ({"server_url": "https://[x"}, "https"),
        ({"authorize_origin": "javascript:x"}, "https"),
        ({"scopes": ["profile"]}, "openid"),
        ({"scopes": "openid"}, "list"),
        ({"token_auth_method": "none"}, "token_auth_method"),
        ({"colour": "red"}, "“colour”"),
    ],
)
def test_mistakes_are_told_with_their_place(fields, said):
    with pytest.raises(ImproperlyConfigured) as refusal:
        login_providers([GOOD, {**GOOD, "id": "second", **fields}])
    assert "entry 2" in str(refusal.value)
    assert said in str(refusal.value)
    assert "a-secret" not in str(refusal.value)


@pytest.mark.parametrize("written", [{}, "acme", None, [1], [GOOD, GOOD]])
def test_other_shapes_are_refused(written):
    with pytest.raises(ImproperlyConfigured, match="LOGIN_PROVIDERS"):
        login_providers(written)
