"""Addresses and networks: whom to count together, and who is among those allowed."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

AnyAddress = IPv4Address | IPv6Address
AnyNetwork = IPv4Network | IPv6Network


@lru_cache(maxsize=4096)
def parsed(address: str) -> AnyAddress | None:
    """`::ffff:203.0.113.9` and `203.0.113.9` are one address; None for what is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return _plain(found)


def normalised(network: str) -> str:
    """`203.0.113.9` -> `203.0.113.9/32`, `203.0.113.9/24` -> `203.0.113.0/24`.

    Raises `ValueError` for what is no address and no network in CIDR notation.
    """
    found = ip_network(network.strip(), strict=False)
    mapped = found.network_address.ipv4_mapped if isinstance(found, IPv6Network) else None
    if mapped and found.prefixlen >= 96:
        return str(ip_network((mapped, found.prefixlen - 96)))
    return str(found)


def within(address: AnyAddress, networks: Iterable[str]) -> bool:
    """Whether `address` is in one of `networks`, written as `normalised` does."""
    return any(address in network for network in _networks(tuple(networks)))


@lru_cache(maxsize=1024)
def _networks(written: tuple[str, ...]) -> tuple[AnyNetwork, ...]:
    return tuple(ip_network(one) for one in written)


def _plain(address: AnyAddress) -> AnyAddress:
    if isinstance(address, IPv6Address):
        # Without the name of a network card (fe80::1%eth0), which says nothing to others.
        return address.ipv4_mapped or IPv6Address(int(address))
    return address


def network_of(address: str, *, ipv4_bits: int, ipv6_bits: int = 64) -> str:
    """`203.0.113.9` -> `203.0.113.0/24` with 24 bits. What is no address stays what it is."""
    found = parsed(address)
    if found is None:
        return address
    bits = {4: ipv4_bits, 6: ipv6_bits}[found.version]
    return str(ip_network((found, bits), strict=False))
