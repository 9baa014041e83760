"""How often people without an account may report and ask: counted by address and by network.

A network is what one visitor can easily have many addresses of: /24 of IPv4, /64 of IPv6.
The figures are in the settings, beside those of signing in, and so are the counters.
"""

from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from django.http import HttpRequest

from common import networks


def address_of(request: HttpRequest) -> str | None:
    """The visitor's address; behind proxies, what the nearest trusted one says."""
    found: str | None = get_adapter().get_client_ip(request)
    return found


def network_of(address: str) -> str:
    """`203.0.113.9` -> `203.0.113.0/24`. What is no address stays what it is."""
    return networks.network_of(address, ipv4_bits=24)


def take(request: HttpRequest, act: str) -> bool:
    """Counts one `act` of this visitor; False when they or their network had enough."""
    return _within(request, act, counted=True)


def has_left(request: HttpRequest, act: str) -> bool:
    """Whether the visitor may do it once more; counts nothing."""
    return _within(request, act, counted=False)


def _within(request: HttpRequest, act: str, *, counted: bool) -> bool:
    address = address_of(request) or ""
    keys = {act: address, f"{act}_network": network_of(address)}
    return all(
        ratelimit.consume(
            request,
            app="allauth.account",
            action=action,
            key=key,
            dry_run=not counted,
            limit_get=True,
        )
        for action, key in keys.items()
    )
