"""Who calls the API: a service with its token, for the scopes and within the bounds it has."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured
from django.core.exceptions import PermissionDenied as AddressUnknown
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import credentials, token_uses
from accounts.exceptions import KeyIsMalformed
from accounts.models import ServiceClient, TokenUse
from accounts.request_budgets import budgets
from common.networks import AnyAddress, parsed

METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}


class ServiceToken(BaseAuthentication):
    """`Authorization: Bearer aps_…`: the caller becomes `request.user`, a ServiceClient
    with `shown_at`, the database's time of the request, `shown_token` and `shown_from`.

    Unknown, mistyped, expired and revoked tokens are answered alike. One that works is refused
    from an address it may not be used from (403), and when its client has asked too often (429).
    """

    def authenticate(self, request: Request) -> tuple[ServiceClient, str] | None:
        scheme, _space, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        try:
            digest = credentials.check(token.decode("latin-1"), credentials.SERVICE_TOKEN)
        except KeyIsMalformed:
            raise _not_valid() from None
        client = ServiceClient.shown(digest=digest)
        if client is None:
            raise _not_valid()
        self._keep_to_its_bounds(request, client)
        return client, digest

    def _keep_to_its_bounds(self, request: Request, client: ServiceClient) -> None:
        address = address_of(request)
        client.shown_from = str(address) if address else None
        if not client.token_works:
            _note(request, client, TokenUse.Outcome.TOKEN_ENDED)
            raise _not_valid()
        if not client.may_call_from(address):
            _note(request, client, TokenUse.Outcome.ADDRESS_REFUSED)
            raise PermissionDenied(
                _("This token may not be used from the address %(address)s.")
                % {"address": address or "?"}
            )
        assert client.shown_at is not None  # it was just shown
        wait = budgets.take(client=client.pk, most=client.requests_per_minute, at=client.shown_at)
        if wait:
            _note(request, client, TokenUse.Outcome.TOO_MANY)
            raise Throttled(
                wait,
                _("At most %(most)d requests a minute.") % {"most": client.requests_per_minute},
            )

    def authenticate_header(self, _request: Request) -> str:
        return 'Bearer realm="api"'


class HasScope(BasePermission):
    """The token has the scope that the view names as `required_scope`.

    Asked after everything else, so here it is known that the caller is let in, and counted.
    """

    message = _("This token does not have the scope that is needed here.")

    def has_permission(self, request: Request, view: Any) -> bool:
        client: Any = request.user
        if not isinstance(client, ServiceClient):
            return False
        has_it = view.required_scope in client.scopes
        outcome = TokenUse.Outcome.LET_IN if has_it else TokenUse.Outcome.SCOPE_MISSING
        _note(request, client, outcome)
        return has_it


def address_of(request: Request) -> AnyAddress | None:
    """Where the caller is, by as many proxies as are trusted; None if nobody can say."""
    try:
        return parsed(get_adapter().get_client_ip(request._request))
    except (AddressUnknown, ImproperlyConfigured):
        # Of a socket without addresses, or past a proxy that is said to be there.
        return None


def _not_valid() -> AuthenticationFailed:
    return AuthenticationFailed(_("This token is not valid, or no longer."))


def _note(request: Request, client: ServiceClient, outcome: TokenUse.Outcome) -> None:
    token_uses.note(
        token=client.shown_token,
        operation=_operation(request),
        address=client.shown_from,
        outcome=outcome,
        at=client.shown_at,
    )


def _operation(request: Request) -> str:
    """`GET api/v1/orders/<str:order>`: what was asked, not about whom."""
    match = request._request.resolver_match
    method = request.method if request.method in METHODS else "?"
    return f"{method} /{match.route if match else '?'}"[:120]


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
