"""What one visitor can easily have many addresses of, for counting attempts."""

from ipaddress import IPv6Address, ip_address, ip_network


def network_of(address: str, *, ipv4_bits: int, ipv6_bits: int = 64) -> str:
    """`203.0.113.9` -> `203.0.113.0/24` with 24 bits. What is no address stays what it is."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    bits = {4: ipv4_bits, 6: ipv6_bits}[parsed.version]
    return str(ip_network((parsed, bits), strict=False))
