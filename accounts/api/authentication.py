"""Who calls the API: a service with its token, for the scopes the token has."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import credentials
from accounts.exceptions import KeyIsMalformed
from accounts.models import ServiceClient


class ServiceToken(BaseAuthentication):
    """`Authorization: Bearer aps_…`: the caller becomes `request.user`, a ServiceClient
    with `shown_at`, the database's time of the request.

    Unknown, mistyped, expired and revoked tokens are answered alike.
    """

    def authenticate(self, request: Request) -> tuple[ServiceClient, str] | None:
        scheme, _space, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        refusal = AuthenticationFailed(_("This token is not valid, or no longer."))
        try:
            digest = credentials.check(token.decode("latin-1"), credentials.SERVICE_TOKEN)
        except KeyIsMalformed:
            raise refusal from None
        client = ServiceClient.showing(digest=digest)
        if client is None:
            raise refusal
        return client, digest

    def authenticate_header(self, _request: Request) -> str:
        return 'Bearer realm="api"'


class HasScope(BasePermission):
    """The token has the scope that the view names as `required_scope`."""

    message = _("This token does not have the scope that is needed here.")

    def has_permission(self, request: Request, view: Any) -> bool:
        client: Any = request.user
        return isinstance(client, ServiceClient) and view.required_scope in client.scopes


class ServiceTokenScheme(OpenApiAuthenticationExtension):
    """How the token is described in the OpenAPI document."""

    target_class = "accounts.api.authentication.ServiceToken"
    name = "serviceToken"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A service token, aps_…, issued in the back office with its scopes.",
        }
