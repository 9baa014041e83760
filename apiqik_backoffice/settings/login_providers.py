"""Sign-in providers that customers may connect (clause 1.2.3): OpenID Connect, none by default.

LOGIN_PROVIDERS='[{"id": "acme", "name": "Acme", "client_id": "…", "secret": "…",
                   "server_url": "https://id.acme.example", "scopes": ["openid"]}]'
"""

import re
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

REQUIRED = ("id", "name", "client_id", "secret", "server_url")
OPTIONAL = ("scopes", "token_auth_method", "authorize_origin")
AUTH_METHODS = ("client_secret_basic", "client_secret_post")
# Names of people and addresses are not asked for: nothing here needs them.
SCOPES = ["openid"]
MOST_LETTERS = {"id": 30, "name": 40, "client_id": 191, "secret": 191, "server_url": 500}


def login_providers(written: Any) -> list[dict[str, Any]]:
    """Check what LOGIN_PROVIDERS says; return it with defaults filled in.

    Raises ImproperlyConfigured with the place of the mistake, never with a secret.
    """
    if not isinstance(written, list):
        raise ImproperlyConfigured("LOGIN_PROVIDERS: a JSON list is needed, [] for none.")
    found = [_checked(place, entry) for place, entry in enumerate(written, start=1)]
    names = [entry["id"] for entry in found]
    for name in names:
        if names.count(name) > 1:
            raise ImproperlyConfigured(f"LOGIN_PROVIDERS: the id {name} is there twice.")
    return found


def _checked(place: int, entry: Any) -> dict[str, Any]:
    where = f"LOGIN_PROVIDERS: entry {place}"
    if not isinstance(entry, dict):
        raise ImproperlyConfigured(f"{where} is not an object.")
    if unknown := sorted(set(entry) - set(REQUIRED) - set(OPTIONAL)):
        raise ImproperlyConfigured(f"{where}: “{unknown[0]}” is not known.")
    for name in REQUIRED:
        value = entry.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= MOST_LETTERS[name]:
            raise ImproperlyConfigured(f"{where}: “{name}” is missing or too long.")
    if not re.fullmatch(r"[a-z][a-z0-9-]*", entry["id"]) or entry["id"] == "openid_connect":
        raise ImproperlyConfigured(f"{where}: an id is small letters, digits and hyphens.")
    _check_address(f"{where}: “server_url”", entry["server_url"])
    if "authorize_origin" in entry:
        _check_address(f"{where}: “authorize_origin”", entry["authorize_origin"])
    scopes = entry.get("scopes", SCOPES)
    if not isinstance(scopes, list) or "openid" not in scopes or not _are_scopes(scopes):
        raise ImproperlyConfigured(f"{where}: “scopes” is a list of words with openid in it.")
    if entry.get("token_auth_method", AUTH_METHODS[0]) not in AUTH_METHODS:
        raise ImproperlyConfigured(f"{where}: “token_auth_method” is one of {AUTH_METHODS}.")
    return {**entry, "scopes": scopes, "server_url": entry["server_url"].rstrip("/")}


def _are_scopes(scopes: list[Any]) -> bool:
    return all(isinstance(s, str) and re.fullmatch(r"[!#-\[\]-~]{1,80}", s) for s in scopes)


def _check_address(where: str, written: Any) -> None:
    """Https, or a provider on this machine."""
    try:
        address = urlsplit(written)
        near = address.hostname in ("127.0.0.1", "localhost")
        safe = address.scheme == "https" or (near and address.scheme == "http")
        plain = not (address.username or address.query or address.fragment)
    except (ValueError, AttributeError):
        safe = plain = False
    if not safe or not plain or not address.hostname:
        raise ImproperlyConfigured(f"{where} is not an https address.")


def allauth_settings(providers: list[dict[str, Any]]) -> dict[str, Any]:
    """SOCIALACCOUNT_PROVIDERS for these."""
    return {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": one["id"],
                    "name": one["name"],
                    "client_id": one["client_id"],
                    "secret": one["secret"],
                    "settings": {
                        "server_url": one["server_url"],
                        "scope": one["scopes"],
                        "fetch_userinfo": False,
                        "token_auth_method": one.get("token_auth_method"),
                    },
                }
                for one in providers
            ],
            "OAUTH_PKCE_ENABLED": True,
            "provider_class": "accounts.login_provider.LoginProvider",
        }
    }


def form_origins(providers: list[dict[str, Any]]) -> list[str]:
    """Where a form of ours may lead, for the Content-Security-Policy: browsers apply it to
    the redirects that follow a form as well."""
    places = (urlsplit(one.get("authorize_origin", one["server_url"])) for one in providers)
    return sorted({f"{place.scheme}://{place.netloc}" for place in places})
