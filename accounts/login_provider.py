"""Providers of OpenID Connect, as django-allauth has them but stricter.

Beside the state and PKCE, which it looks after: the signature of the token is always checked,
by one of three algorithms; its issuer is the one that was configured, not what the provider
says of itself; its nonce is that of this attempt. Nothing of what the provider says about the
person is kept but the subject, and no e-mail address of theirs matches anybody.
"""

import json
import secrets
from typing import Any

import jwt
import requests
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from accounts.models import ConnectionConsentEnd

ALGORITHMS = {"RS256", "PS256", "ES256"}
CLAIMS = ["iss", "sub", "aud", "exp", "iat", "nonce"]
LEEWAY_SECONDS = 60
"""How far a provider's clock may be off."""
MOST_BYTES = 200_000
"""Of an answer of a provider."""

Revoked = ConnectionConsentEnd.Revoked


class ProviderAdapter(OpenIDConnectOAuth2Adapter):
    """One conversation with a provider."""

    expected_nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider says of itself. Raises `OAuth2Error`, `RequestException`."""
        if not hasattr(self, "_openid_config"):
            provider = self.get_provider()
            config = _fetched(provider.server_url)
            issuer = provider.app.settings["server_url"].rstrip("/")
            if str(config.get("issuer", "")).rstrip("/") != issuer:
                raise OAuth2Error("The provider names another issuer.")
            for needed in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not isinstance(config.get(needed), str):
                    raise OAuth2Error(f"The provider names no {needed}.")
            self._openid_config = config
        return self._openid_config

    def get_callback_url(self, request: Any, app: Any) -> str:
        path = reverse("openid_connect_callback", kwargs={"provider_id": self.provider_id})
        site: str = settings.SITE_URL
        return site.rstrip("/") + path

    def get_access_token_data(self, *args: Any, **kwargs: Any) -> Any:
        try:
            data = super().get_access_token_data(*args, **kwargs)
        except (KeyError, ValueError, AttributeError, TypeError):
            raise OAuth2Error("The provider's token answer cannot be read.") from None
        if not isinstance(data, dict) or not isinstance(data.get("access_token"), str):
            raise OAuth2Error("The provider gave no token.")
        return data

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        if not isinstance(data.get("refresh_token", ""), str):
            raise OAuth2Error("The provider's token answer cannot be read.")
        try:
            return super().parse_token(data)
        except (TypeError, ValueError, OverflowError):
            raise OAuth2Error("The provider's token answer cannot be read.") from None

    def complete_login(self, request: Any, app: Any, token: Any, **kwargs: Any) -> Any:
        id_token = kwargs["response"].get("id_token")
        if not isinstance(id_token, str):
            raise OAuth2Error("The provider gave no id token.")
        claims = self._decode_id_token(app, id_token)
        login = self.get_provider().sociallogin_from_response(request, {"id_token": claims})
        login.issuer = claims["iss"]
        return login

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(id_token)
            if header.get("alg") not in ALGORITHMS:
                raise OAuth2Error("The id token is signed by an algorithm that is not taken.")
            keys = jwt.PyJWKSet.from_dict(_fetched(self.openid_config["jwks_uri"]))
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key=_key(keys, header),
                algorithms=[header["alg"]],
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=LEEWAY_SECONDS,
                options={"require": CLAIMS},
            )
        except (jwt.PyJWTError, KeyError, TypeError, ValueError):
            raise OAuth2Error("The id token is not valid.") from None
        if claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("The id token is for somebody else.")
        nonce = claims["nonce"]
        if not self.expected_nonce or not isinstance(nonce, str):
            raise OAuth2Error("The id token carries no nonce.")
        if not constant_time_compare(nonce, self.expected_nonce):
            raise OAuth2Error("The id token belongs to another attempt.")
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 191:
            raise OAuth2Error("The id token names nobody.")
        return claims


class LoginProvider(OpenIDConnectProvider):
    """A configured provider (LOGIN_PROVIDERS)."""

    oauth2_adapter_class = ProviderAdapter

    def extract_extra_data(self, data: Any) -> dict[str, Any]:
        return {}  # nothing of it is needed

    def extract_common_fields(self, data: Any) -> dict[str, Any]:
        return {}

    def extract_email_addresses(self, data: Any) -> list[Any]:
        return []

    def redirect(
        self, request: Any, process: str, next_url: Any = None, data: Any = None, **kwargs: Any
    ) -> Any:
        """Leads to the provider. Raises `OAuth2Error`, `RequestException`."""
        nonce = secrets.token_urlsafe(32)
        kwargs["auth_params"] = {"nonce": nonce}
        return super().redirect(request, process, next_url, data, nonce=nonce, **kwargs)


def find(request: Any, provider_id: str) -> LoginProvider | None:
    """The configured provider of that id."""
    for provider in get_adapter(request).list_providers(request):
        if isinstance(provider, LoginProvider) and provider.app.provider_id == provider_id:
            return provider
    return None


def revoke(*, provider_id: str, tokens: list[tuple[str, str]]) -> Revoked:
    """Asks the provider to forget `tokens`, pairs of a hint and a token. Never raises."""
    provider = find(None, provider_id)
    if provider is None:
        return Revoked.NOT_ASKED
    adapter = ProviderAdapter(None, provider_id)
    try:
        address = adapter.openid_config.get("revocation_endpoint")
        if not isinstance(address, str):
            return Revoked.NOT_OFFERED
        for hint, token in tokens:
            _revoke_one(adapter, address, hint, token)
    except (OAuth2Error, requests.RequestException, ValueError):
        return Revoked.FAILED
    return Revoked.YES


def _revoke_one(adapter: ProviderAdapter, address: str, hint: str, token: str) -> None:
    app = adapter.get_provider().app
    data, auth = {"token": token, "token_type_hint": hint}, None
    if adapter.basic_auth:
        auth = requests.auth.HTTPBasicAuth(app.client_id, app.secret)
    else:
        data |= {"client_id": app.client_id, "client_secret": app.secret}
    with get_adapter().get_requests_session() as session:
        session.post(address, data=data, auth=auth, allow_redirects=False).raise_for_status()


def _fetched(address: str) -> dict[str, Any]:
    """A JSON object from a provider, of bounded size."""
    with get_adapter().get_requests_session() as session:
        response = session.get(address, stream=True, allow_redirects=False)
        response.raise_for_status()
        content = response.raw.read(MOST_BYTES + 1, decode_content=True)
    try:
        found = json.loads(content) if len(content) <= MOST_BYTES else None
    except ValueError:
        found = None
    if response.status_code != 200 or not isinstance(found, dict):
        raise OAuth2Error("The provider's answer cannot be read.")
    return found


def _key(keys: jwt.PyJWKSet, header: dict[str, Any]) -> Any:
    """The key that the token names; the only one if it names none."""
    if "kid" in header:
        return keys[header["kid"]]
    if len(keys.keys) != 1:
        raise KeyError("kid")
    return keys.keys[0]
